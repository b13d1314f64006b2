"""The output document as a PDF: printed and sealed at its first download, then kept."""

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
from services.portal_pep.domain import CODE_BITS, make_code, shown_code
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import AccountRow, ApplicationRow, PrintedRow
from shared.bus.errors import NotFound, Unavailable
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.client.nuc import Enrolled, read_enrolled
from shared.pki.client.wire import needs_tls
from shared.regulations.book import PassportBook

if TYPE_CHECKING:
    from shared.pki.cms.pades import Sealed

T = TypeVar("T")

TRY_AGAIN = timedelta(minutes=1)
"""How long a document without a time-stamp is served as it is before the authority is asked once more."""
AT_ONCE = 2
"""Documents printed at the same time: each takes a fifth of a second of the processor, and waits for НУЦ."""
NUC_SECONDS = 3.0


class Press:
    """Prints and seals with the portal's own certificate, which it reads each time: it may have been renewed."""

    def __init__(self, settings: PortalSettings, home: Path, address: str) -> None:
        self._settings = settings
        self._home = home
        self._address = address
        self._places = asyncio.Semaphore(AT_ONCE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def url(self, code: str) -> str:
        """Where strangers check the document with this code."""
        return f"{self._settings.check_url}/{code}"

    async def printed(self, bus: Runtime, case: ApplicationRow) -> PrintedRow:
        """The sealed PDF of an application, made now if this is the first time it is asked for.

        NotFound ``no-output`` before there is a result. Without a time-stamp, when the authority fails: then it is
        asked again at a later download, a minute after the last try at the earliest.
        """
        lock = self._locks.setdefault(case.id, asyncio.Lock())
        async with lock:
            row = await bus.read(lambda session: storage.printed(session, case.id))
            if row is None:
                return await self._print(bus, case)
            if row.is_stamped or bus.now - row.tried_at < TRY_AGAIN:
                return row
            return await self._stamp(bus, row)

    async def _print(self, bus: Runtime, case: ApplicationRow) -> PrintedRow:
        signed = await bus.read(lambda session: storage.document(session, case.id, "result"))
        if signed is None:
            raise NotFound("no-output", "the output document is not there yet")
        owner = await bus.read(lambda session: storage.get_account(session, case.iin))
        code = make_code(secrets.randbits(CODE_BITS))
        sealed, at = await self._apart(lambda: self._make(bus, case, signed, owner, code))
        row = PrintedRow(
            application_id=case.id,
            code=code,
            content=sealed.content,
            digest=sha256(sealed.content).hexdigest(),
            is_stamped=sealed.is_stamped,
            sealed_at=at,
            tried_at=at,
        )
        return await bus.write(lambda work: storage.keep_printed(work.session, row))

    async def _stamp(self, bus: Runtime, row: PrintedRow) -> PrintedRow:
        values: dict[str, Any] = {"tried_at": bus.now}
        try:
            content = await self._apart(lambda: self._add_stamp(bus, row.content))
            values |= {"content": content, "digest": sha256(content).hexdigest()}
            values |= {"digest_before": row.digest, "is_stamped": True}
        except Unavailable:
            pass  # served as it was; the try is noted
        return await bus.write(
            lambda work: storage.renew_printed(work.session, row.application_id, row.digest, **values)
        )

    async def _apart(self, act: Callable[[], T]) -> T:
        """In a thread of its own: it waits for НУЦ, and the bus's threads are for the database."""
        async with self._places:
            return await asyncio.to_thread(act)

    def _make(
        self, bus: Runtime, case: ApplicationRow, signed: bytes, owner: AccountRow | None, code: str
    ) -> tuple[Sealed, datetime]:
        from services.portal_pep.printing import sealing  # here, because no start shall wait for it: it says why

        order = sealing.Order(
            signed=signed,
            name=" ".join(filter(None, (owner.surname, owner.name, owner.patronymic))) if owner else "",
            results=[result.code for result in bus.use(PassportBook).get(case.regulation).results],
            code=shown_code(code),
            url=self.url(code),
        )
        with self._nuc() as http:
            return sealing.make(order, http, self._enrolled(), lambda: bus.now)

    def _add_stamp(self, bus: Runtime, content: bytes) -> bytes:
        from services.portal_pep.printing import sealing  # here, because no start shall wait for it: it says why

        with self._nuc() as http:
            return sealing.stamp(content, http, self._enrolled(), lambda: bus.now).content

    def _nuc(self) -> httpx.Client:
        url = self._settings.nuc_url
        return httpx.Client(base_url=url, timeout=NUC_SECONDS, verify=needs_tls(url))

    def _enrolled(self) -> Enrolled:
        enrolled = read_enrolled(self._home, self._address)
        if enrolled is None:
            raise Unavailable("not-enrolled", "the portal has no certificate")
        return enrolled
