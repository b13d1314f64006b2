"""The output document as PDF: printed and sealed at the first download, then stored."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

import httpx

from services.portal_pep import storage
from services.portal_pep.domain import CODE_BITS, format_code, make_code
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import CitizenAccountRow, PortalCase, PrintedRow
from shared.bus.errors import NotFound, Unavailable, Untrusted
from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.client.enrolment import SystemEnrolment, read_enrolment
from shared.regulations.passport_book import PassportBook

if TYPE_CHECKING:
    from shared.pki.cms.pades import SealedPdf

T = TypeVar("T")

STAMP_RETRY_PAUSE = timedelta(minutes=1)
"""How long a document without a time-stamp is served unchanged before the authority is asked again."""
MAX_PARALLEL_PRINTS = 2
"""Documents printed at the same time: each takes 0.2 s of the processor and waits for НУЦ."""
NUC_SECONDS = 3.0


class PdfIssuer:
    """Prints and seals with the portal's certificate, which is read each time because it may have been renewed."""

    def __init__(self, settings: PortalSettings, home: Path, address: str) -> None:
        self._settings = settings
        self._home = home
        self._address = address
        self._places = asyncio.Semaphore(MAX_PARALLEL_PRINTS)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def document_url(self, code: str) -> str:
        """The URL at which strangers check the document with this code."""
        return f"{self._settings.check_url}/{code}"

    async def issue_pdf(self, runtime: Runtime, application: PortalCase) -> PrintedRow:
        """The sealed PDF of an application, made at the first call.

        NotFound ``no-output`` before there is a result. When the time-stamping authority fails, the PDF has no
        time-stamp; a later download, a minute after the last attempt at the earliest, tries again.
        """
        lock = self._locks.setdefault(application.case_id, asyncio.Lock())
        async with lock:
            row = await runtime.read(lambda session: storage.get_printed(session, application.case_id))
            if row is None:
                return await self._print_document(runtime, application)
            if row.is_stamped or runtime.machine_clock.now() - row.tried_at < STAMP_RETRY_PAUSE:
                return row
            return await self._renew_stamp(runtime, row)

    async def _print_document(self, runtime: Runtime, application: PortalCase) -> PrintedRow:
        signed_document = await runtime.read(
            lambda session: storage.get_document(session, application.case_id, "result")
        )
        if signed_document is None:
            raise NotFound("no-output", "the output document is not there yet")
        owner = await runtime.read(lambda session: storage.get_account(session, application.iin))
        code = make_code(secrets.randbits(CODE_BITS))
        sealed, at = await self._run_in_thread(
            lambda: self._seal_document(runtime, application, signed_document, owner, code)
        )
        row = PrintedRow(
            case_id=application.case_id,
            code=code,
            content=sealed.content,
            digest=sha256(sealed.content).hexdigest(),
            is_stamped=sealed.is_stamped,
            sealed_at=at,
            tried_at=runtime.machine_clock.now(),
        )
        return await runtime.write(lambda uow: storage.keep_printed(uow.session, row))

    async def _renew_stamp(self, runtime: Runtime, row: PrintedRow) -> PrintedRow:
        values: dict[str, Any] = {"tried_at": runtime.machine_clock.now()}
        try:
            content = await self._run_in_thread(lambda: self._add_stamp(runtime, row.content))
            values |= {"content": content, "digest": sha256(content).hexdigest()}
            values |= {"digest_before": row.digest, "is_stamped": True}
        except Unavailable:
            pass  # served unchanged; the attempt is recorded
        return await runtime.write(
            lambda uow: storage.renew_printed(uow.session, row.case_id, row.digest, **values)
        )

    async def _run_in_thread(self, action: Callable[[], T]) -> T:
        """Run in a separate thread, because the action waits for НУЦ and the bus's threads are for the
        database.
        """
        async with self._places:
            return await asyncio.to_thread(action)

    def _seal_document(
        self,
        runtime: Runtime,
        application: PortalCase,
        signed_document: bytes,
        owner: CitizenAccountRow | None,
        code: str,
    ) -> tuple[SealedPdf, datetime]:
        from services.portal_pep.printing import sealing  # imported here: slow, and no start needs it

        order = sealing.PrintOrder(
            signed_document=signed_document,
            name=" ".join(filter(None, (owner.surname, owner.name, owner.patronymic))) if owner else "",
            results=[
                result.code
                for result in runtime.resource(PassportBook).get_passport(application.regulation).results
            ],
            code=format_code(code),
            url=self.document_url(code),
        )
        with self._connect_nuc() as http:
            return sealing.make_sealed_pdf(order, http, self._read_enrolment(runtime.now), lambda: runtime.now)

    def _add_stamp(self, runtime: Runtime, content: bytes) -> bytes:
        from services.portal_pep.printing import sealing  # imported here: slow, and no start needs it

        with self._connect_nuc() as http:
            enrolled = self._read_enrolment(runtime.now)
            return sealing.add_time_stamp(content, http, enrolled, lambda: runtime.now).content

    def _connect_nuc(self) -> httpx.Client:
        url = self._settings.nuc_url
        return httpx.Client(
            base_url=url, timeout=NUC_SECONDS, verify=server_check(url), trust_env=uses_proxies(url)
        )

    def _read_enrolment(self, now: datetime) -> SystemEnrolment:
        try:
            enrolled = read_enrolment(self._home, self._address)
        except Untrusted as error:
            raise Unavailable("not-enrolled", error.message) from None
        if enrolled is None:
            raise Unavailable("not-enrolled", "the portal has no certificate")
        enrolled.identity.check_term(now)
        return enrolled
