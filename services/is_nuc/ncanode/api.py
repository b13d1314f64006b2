"""The routes of NCANode v3 (wire contract §10): signing for whoever brings a key, checking for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from fastapi import APIRouter, Depends
from sqlmodel import Session

from services.is_nuc.api import stamping
from services.is_nuc.authority.ca import Authority
from services.is_nuc.authority.own_credentials import Desks
from services.is_nuc.ncanode import certificates, documents, signers, stamps, wire
from services.is_nuc.ncanode.dialect import CLOSED, decoded, encoded, utf8
from services.is_nuc.ncanode.keystore import Entry, choose, open_keystore
from services.is_nuc.ncanode.revocations import Examiner
from services.is_nuc.settings import NucSettings
from shared.bus.errors import BusError, Malformed, NotFound, Unavailable
from shared.bus.http.endpoints import Bus
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.faults import Area, Board, Fault

T = TypeVar("T")


async def is_open(bus: Bus) -> None:
    """NotFound ncanode-closed unless this is a sandbox that lends its signing server."""
    if not bus.use(NucSettings).ncanode:
        raise NotFound(CLOSED, "there is no NCANode here")


router = APIRouter(tags=["ncanode"], dependencies=[Depends(is_open)])


@router.get("/actuator/health")
async def health() -> wire.Health:
    """Whether the signing server works."""
    return wire.Health()


@router.post("/cms/sign")
async def sign_cms(request: wire.CmsSign, bus: Bus) -> wire.CmsMade:
    """A CMS over ``data``, signed by every signer."""
    manner = await _manner(request, bus)
    return await _do(bus, lambda _: wire.CmsMade(cms=encoded(_signed_cms(request, manner))))


@router.post("/cms/sign/add")
async def add_to_cms(request: wire.CmsSign, bus: Bus) -> wire.CmsMade:
    """The given CMS with more signers."""
    manner = await _manner(request, bus)
    return await _do(bus, lambda _: wire.CmsMade(cms=encoded(_longer_cms(request, manner))))


@router.post("/cms/verify")
async def verify_cms(request: wire.CmsVerify, bus: Bus) -> wire.CmsVerified:
    """Whether every signature holds and every signer is to be trusted, and who they are."""
    checks = request.revocation_check
    return await _do(bus, lambda session: _verified_cms(request, _examiner(session, bus, checks)))


@router.post("/cms/extract")
async def extract_from_cms(request: wire.CmsExtract, bus: Bus) -> wire.DataTold:
    """What a CMS holds, whoever signed it."""
    return await _do(bus, lambda _: wire.DataTold(data=encoded(signers.extract(decoded(request.cms, "cms")))))


@router.post("/xml/sign")
async def sign_xml(request: wire.XmlSign, bus: Bus) -> wire.XmlMade:
    """The document with a signature of each signer, one after the other; it may hold signatures already."""

    def made(_: Session) -> wire.XmlMade:
        keys = list(zip(_entries(request.signers), (one.reference_uri for one in request.signers), strict=True))
        signed = documents.sign(request.xml, keys, clear=request.clear_signatures, trim=request.trim_xml)
        return wire.XmlMade(xml=signed)

    return await _do(bus, made)


@router.post("/xml/verify")
async def verify_xml(request: wire.XmlVerify, bus: Bus) -> wire.Verified:
    """Whether every signature of the document holds, and whose they are, the last one first."""

    def told(session: Session) -> wire.Verified:
        return _judged(documents.find_signers(request.xml), _examiner(session, bus, request.revocation_check))

    return await _do(bus, told)


@router.post("/wsse/sign")
async def sign_envelope(request: wire.WsseSign, bus: Bus) -> wire.XmlMade:
    """The SOAP envelope with its Body signed, as SmartBridge wants it."""
    return await _do(
        bus,
        lambda _: wire.XmlMade(xml=documents.sign_body(request.xml, _entry(request), trim=request.trim_xml)),
    )


@router.post("/wsse/verify")
async def verify_envelope(request: wire.XmlVerify, bus: Bus) -> wire.Verified:
    """Whether the Body of the SOAP envelope is signed, and by whom."""

    def told(session: Session) -> wire.Verified:
        examiner = _examiner(session, bus, request.revocation_check)
        return _judged(documents.find_body_signer(request.xml, examiner.known), examiner)

    return await _do(bus, told)


@router.post("/pkcs12/info")
async def describe_keys(request: wire.Pkcs12Info, bus: Bus) -> wire.Verified:
    """The certificates of keys, as /x509/info tells them."""

    def told(session: Session) -> wire.Verified:
        examiner = _examiner(session, bus, request.revocation_check)
        found = [examiner.examine(one.certificate) for one in _entries(request.keys)]
        return wire.Verified(valid=all(one.valid for one in found), signers=list(found))

    return await _do(bus, told)


@router.post("/pkcs12/aliases")
async def list_aliases(request: wire.Pkcs12Info, bus: Bus) -> wire.AliasesTold:
    """The aliases within each key store."""

    def told(_: Session) -> wire.AliasesTold:
        stores = [_opened(one, f"signers[{n}]: ") for n, one in enumerate(request.keys)]
        return wire.AliasesTold(aliases=[[one.alias for one in entries] for entries in stores])

    return await _do(bus, told)


@router.post("/x509/info")
async def describe_certificates(request: wire.X509Info, bus: Bus) -> wire.Verified:
    """What certificates say; one that cannot be read is null, and the message names it."""
    checks = request.revocation_check
    return await _do(bus, lambda session: certificates.info(request.certs, _examiner(session, bus, checks)))


@router.post("/x509/sign")
async def sign_text(request: wire.X509Sign, bus: Bus) -> wire.X509Signed:
    """A bare signature over a text."""
    return await _do(bus, lambda _: certificates.sign(request.data, _entry(request.signer)))


@router.post("/x509/verify")
async def verify_text(request: wire.X509Verify, bus: Bus) -> wire.Verified:
    """Whether a bare signature over a text holds."""
    checks = request.revocation_check
    return await _do(bus, lambda session: certificates.verify(request, _examiner(session, bus, checks)))


@router.post("/tsp/create")
async def stamp_text(request: wire.TspCreate, bus: Bus) -> wire.XmlMade:
    """A time-stamp token over a text."""
    authority, text = await _authority(bus), utf8(request.xml)
    return await _do(bus, lambda _: wire.XmlMade(xml=encoded(stamps.ask(authority, text, None))))


async def _do(bus: Runtime, work: Callable[[Session], T]) -> T:
    """In a thread: cryptography keeps a processor busy, and the loop must not wait for it."""
    return await bus.read(work)


def _examiner(session: Session, bus: Runtime, checks: list[wire.Check]) -> Examiner:
    authority = bus.use(Authority)
    anchors = TrustAnchors((authority.root,), (authority.certificate,))
    return Examiner(session, anchors, bus.now, bus.use(Board), checks)


async def _authority(bus: Runtime) -> stamps.Stamp:
    """НУЦ's time-stamping authority as it answers others, troubles on demand included."""
    await bus.use(Desks).keep_in_order(bus)

    def answer(request: bytes) -> bytes:
        fault = bus.use(Board).strike(Area.TSA)
        if fault is Fault.TSA_SILENT:
            raise Unavailable("tsp-unavailable", "the time-stamping authority is silent")
        return stamping.stamp(bus, request, fault)

    return answer


async def _manner(request: wire.CmsSign, bus: Runtime) -> signers.Manner:
    if not request.with_tsp:
        return signers.Manner(bus.now, request.detached)
    authority = await _authority(bus)
    policy = request.tsa_policy
    return signers.Manner(bus.now, request.detached, lambda signed: stamps.ask(authority, signed, policy))


def _signed_cms(request: wire.CmsSign, manner: signers.Manner) -> bytes:
    data = decoded(_needed(request.data, "data"), "data")
    return signers.sign(data, _entries(request.signers), manner)


def _longer_cms(request: wire.CmsSign, manner: signers.Manner) -> bytes:
    whole = decoded(_needed(request.cms, "cms"), "cms")
    data = None if request.data is None else decoded(request.data, "data")
    return signers.add(whole, data, _entries(request.signers), manner)


def _verified_cms(request: wire.CmsVerify, examiner: Examiner) -> wire.CmsVerified:
    data = None if request.data is None else decoded(request.data, "data")
    found = signers.find_signers(decoded(request.cms, "cms"), data)
    told = [_told(one, examiner) for one in found]
    is_valid = bool(found) and all(one.is_genuine for one in found)
    is_trusted = all(one.certificates and one.certificates[0].valid for one in told)
    is_stamped = all((one.tsp is None) == (was.token is None) for one, was in zip(told, found, strict=True))
    return wire.CmsVerified(valid=is_valid and is_trusted and is_stamped, signers=told)


def _told(found: signers.SignerFound, examiner: Examiner) -> wire.CmsSigner:
    known = [] if found.certificate is None else [examiner.examine(found.certificate)]
    stamp = None if found.token is None else stamps.read(found.token, found.signature, examiner.anchors)
    return wire.CmsSigner(certificates=known, tsp=stamp)


def _judged(found: documents.Found, examiner: Examiner) -> wire.Verified:
    told = [None if one is None else examiner.examine(one) for one in found.certificates]
    is_trusted = all(one is not None and one.valid for one in told)
    return wire.Verified(valid=found.is_genuine and is_trusted, signers=told)


def _needed(value: str | None, name: str) -> str:
    if not value:
        raise Malformed("request-malformed", f"{name} is required")
    return value


def _entries(asked: list[wire.Signer]) -> list[Entry]:
    return [_entry(one, f"signers[{n}]: ") for n, one in enumerate(asked)]


def _entry(asked: wire.Signer, place: str = "") -> Entry:
    with _at(place):
        return choose(_opened(asked, ""), asked.key_alias)


def _opened(asked: wire.Signer, place: str) -> tuple[Entry, ...]:
    with _at(place):
        return open_keystore(decoded(asked.key, "Key reading error: the key"), asked.password)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say which of several key stores an error is about, as NCANode does."""
    try:
        yield
    except BusError as error:
        raise type(error)(error.code, f"{place}{error.message}") from None
