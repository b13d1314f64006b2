"""The text of a QR code, and the links that open eGov Mobile or eGov Business: the address of API 1 in each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qs, urlencode, urlsplit

from shared.bus.errors import Malformed

QR_PREFIX = "mobileSign:"
LONGEST_TEXT = 4000
"""More than a QR code holds."""


class PhoneApp(StrEnum):
    """The app of a person, and the app of an organisation."""

    MOBILE = "mobile"
    BUSINESS = "business"


@dataclass(frozen=True)
class LaunchPlace:
    """Where a link opens an app: host and path, and the ids of the app in the two stores."""

    app: PhoneApp
    host: str
    path: str
    store_ids: tuple[tuple[str, str], ...]


_MOBILE_IDS = (("isi", "1476128386"), ("ibi", "kz.egov.mobile"), ("apn", "kz.mobile.mgov"))
_BUSINESS_IDS = (("isi", "1597880144"), ("ibi", "kz.mobile.mgov.business"), ("apn", "kz.mobile.mgov.business"))
LAUNCH_PLACES = (
    LaunchPlace(PhoneApp.MOBILE, "m.egov.kz", "/mobileSign/", _MOBILE_IDS),
    LaunchPlace(PhoneApp.BUSINESS, "m.egov.kz", "/businessSign/", _BUSINESS_IDS),
    LaunchPlace(PhoneApp.MOBILE, "mgovsign.page.link", "/", _MOBILE_IDS),
    LaunchPlace(PhoneApp.BUSINESS, "egovbusiness.page.link", "/", _BUSINESS_IDS),
)
"""Today's links first, then the older ones."""
_BY_PLACE = MappingProxyType({(place.host, place.path.rstrip("/")): place for place in LAUNCH_PLACES})


@dataclass(frozen=True)
class PhoneLink:
    """The address of API 1, and the app that the link opens; None for a QR code, which every app scans."""

    url: str
    app: PhoneApp | None = None


def read_link(text: str) -> PhoneLink:
    """The link in a text: of a QR code (``mobileSign:URL``), or one that opens an app (``…?link=URL``).

    Malformed ``phone-link-malformed`` with ``details["why"]``: ``empty``, ``long``, ``spaces``, ``prefix``,
    ``without-link``, ``url``.
    """
    text = text.strip()
    if not text:
        raise _malformed("empty", "there is no text")
    if len(text) > LONGEST_TEXT:
        raise _malformed("long", "the text is longer than a QR code")
    if any(letter.isspace() for letter in text):
        raise _malformed("spaces", "the text of the QR code has spaces")
    if text.startswith(QR_PREFIX):
        return PhoneLink(_require_url(text.removeprefix(QR_PREFIX)))
    place, query = _find_place(text)
    if place is None:
        raise _malformed("prefix", f"the text begins neither with {QR_PREFIX} nor with a link that opens an app")
    urls = parse_qs(query).get("link", [])
    if len(urls) != 1:
        raise _malformed("without-link", "the link has no parameter link with the address of API 1, or several")
    return PhoneLink(_require_url(urls[0]), place.app)


def compose_qr_text(url: str) -> str:
    """The text of the QR code for this address of API 1."""
    return QR_PREFIX + url


def compose_launch_link(url: str, app: PhoneApp) -> str:
    """The link that opens an app on the phone itself with this address of API 1."""
    place = next(place for place in LAUNCH_PLACES if place.app is app)
    return f"https://{place.host}{place.path}?{urlencode((('link', url), *place.store_ids))}"


def _find_place(text: str) -> tuple[LaunchPlace | None, str]:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None, ""
    if parts.scheme != "https":
        return None, ""
    return _BY_PLACE.get((parts.netloc.lower(), parts.path.rstrip("/"))), parts.query


def _require_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise _malformed("url", "the address of API 1 is no http or https URL")
    return url


def _malformed(why: str, message: str) -> Malformed:
    return Malformed("phone-link-malformed", message, why=why)
