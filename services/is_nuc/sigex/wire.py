"""Requests and answers of SIGEX's QR API; the documents are those of the app's own API 2 (shared.phone.offers)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.bus.http.requests.plain_input import RequestModel
from shared.phone.offers import LONGEST_WORDS, PhoneCamelView, PhoneServerView

LongUrl = Annotated[str, Field(max_length=2000)]


class ProcedureEndRequest(PhoneCamelView):
    """What follows the signature: the page to which the app leads the person."""

    back_url: LongUrl | None = None


class ProcedureRequest(RequestModel):
    """A new procedure; ``description`` is what the person reads. Unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    description: Annotated[str, Field(min_length=1, max_length=LONGEST_WORDS)]
    when_done: Annotated[ProcedureEndRequest | None, Field(alias="whenDone")] = None


class ProcedureView(RequestModel):
    """A procedure: its QR code as PNG in base64, the links that open the apps, and its two addresses.

    ``expireAt`` counts milliseconds since 1970.
    """

    model_config = ConfigDict(populate_by_name=True)

    expire_at: Annotated[int, Field(alias="expireAt")]
    qr_code: Annotated[str, Field(alias="qrCode")]
    data_url: Annotated[str, Field(alias="dataURL")]
    sign_url: Annotated[str, Field(alias="signURL")]
    mobile_link: Annotated[str, Field(alias="eGovMobileLaunchLink")]
    business_link: Annotated[str, Field(alias="eGovBusinessLaunchLink")]


class DataTakenView(RequestModel):
    """The phone has fetched the documents; ``signURL`` once more."""

    model_config = ConfigDict(populate_by_name=True)

    sign_url: Annotated[str, Field(alias="signURL")]


class SigexTroubleView(PhoneServerView):
    """Trouble, with status 200; ``code`` is ours, for programs."""

    message: str
    code: str


class SignedVerdictView(PhoneCamelView):
    """The answer to a phone whose signatures hold; ``backUrl`` where the system named one."""

    back_url: str | None = None
