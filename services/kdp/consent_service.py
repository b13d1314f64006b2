"""``KDP_SERVICE`` as integrators call it through ШЭП: XML in and out."""

from __future__ import annotations

from datetime import timedelta
from textwrap import wrap

from services.kdp.domain import LONGEST_LIFE, ConsentRequest
from shared.bus.errors import Malformed
from shared.contracts.identifiers import check_bin, check_iin
from shared.contracts.soap_data import SoapData, read_soap_data, read_soap_fields

NAMESPACE = "http://service.2fa-chain.kz/ns/kdp"
LONGEST_FIELD, LONGEST_TOKEN = 300, 4096
LINE = 64
"""Code and key are broken into lines of so many characters, as the real ones are: clients strip white space."""
_YES_NO = {"true": True, "false": False}


def read_request(data: SoapData) -> ConsentRequest:
    """The request in ``data``; Malformed ``consent-request-malformed`` with the faulty element, the codes of ИИН
    and БИН, and as ``parse_document`` raises.
    """
    fields = read_soap_fields(read_soap_data(data))
    for name, text in fields.items():
        is_token = name == "ovt"
        if len(text) > (LONGEST_TOKEN if is_token else LONGEST_FIELD) or not (is_token or text.isprintable()):
            raise _malformed(name)
    access_name, token = fields.get("access_name", ""), "".join(fields.get("ovt", "").split())
    is_sms_omitted = _YES_NO.get(fields.get("omit-sms", "false").lower())
    if not 0 < len(access_name) <= 100:
        raise _malformed("access_name")
    if is_sms_omitted is None:
        raise _malformed("omit-sms")
    if not token:
        raise _malformed("ovt")
    return ConsentRequest(
        iin=check_iin(fields.get("uin", "")),
        company=fields.get("company", ""),
        company_bin=check_bin(fields.get("company_bin", "")),
        company_responsible=fields.get("company_responsible", ""),
        employee_name=fields.get("employee_name", ""),
        access_name=access_name,
        personal_data=fields.get("personal_data_name", ""),
        life=_read_life(fields.get("expiresIn", "")),
        is_sms_omitted=is_sms_omitted,
        organisation_token=token,
    )


def write_consent(code: str, public_key: str) -> SoapData:
    """The answer with the code of a consent."""
    code_lines, key_lines = ("\n".join(wrap(text, LINE, break_on_hyphens=False)) for text in (code, public_key))
    return SoapData(
        xml=f'<data><kdp:code xmlns:kdp="{NAMESPACE}">{code_lines}</kdp:code>'
        f'<kdp:public-key xmlns:kdp="{NAMESPACE}">{key_lines}</kdp:public-key></data>',
        namespaces={},
    )


def _read_life(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _malformed("expiresIn")
    life = timedelta(milliseconds=int(text))
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise _malformed("expiresIn")
    return life


def _malformed(element: str) -> Malformed:
    name = element[:60]
    return Malformed("consent-request-malformed", f"{name} is missing, too long or not in its form", element=name)
