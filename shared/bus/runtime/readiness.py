"""Problems that prevent a running system from working, now or soon: checked on request, identified by codes."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from shared.bus.errors import BusError
from shared.bus.logs import log
from shared.bus.messages.trust import SystemIdentity
from shared.bus.persistence.database import Database
from shared.bus.persistence.soundness import list_faulty_tables, list_unsafe_settings
from shared.bus.runtime.service_runtime import Runtime

KNOWN_SECONDS = 1.0
"""The seconds during which the checks give their stored answer."""
CHECK_SECONDS = 4.0
ANNOUNCE_SECONDS = 60.0
START_SECONDS = 2.0
"""The pause before the checks of a start, which must not slow the start of many systems."""
SYSTEM_WARNING = timedelta(days=180)
"""A system renews its certificate when half of three years are left; with half a year left, the renewal has
failed.
"""
LEAST_ROOM = 64 * 1024 * 1024
"""Bytes on the disk, below which a system is not ready."""
LITTLE_ROOM = 8 * LEAST_ROOM
PROBE = b"\0" * 4096
WITHOUT_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class ReadinessProblem:
    """A problem by its code; ``is_fatal``: the system is not ready. ``details`` identify the part with the
    problem.
    """

    code: str
    is_fatal: bool = True
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CertificateTerm:
    """The end of a certificate that the system signs with, and how long before the end a renewal has failed."""

    owner: str
    not_after: datetime
    warns_before: timedelta


ReadinessCheck = Callable[[Runtime], Iterable[ReadinessProblem]]
"""Finds problems of one kind; runs in a thread, may ask the database or a neighbour for a second or two."""
ReadTerms = Callable[[Runtime], Iterable[CertificateTerm]]


class Readiness:
    """The checks of one system, run at most once a second for any number of requests."""

    def __init__(self, runtime: Runtime, checks: Sequence[ReadinessCheck], read_terms: ReadTerms) -> None:
        self._runtime = runtime
        self._checks = (*checks, self._check_terms)
        self._read_terms = read_terms
        self._asking = asyncio.Lock()
        self._checking = Lock()
        self._known: list[ReadinessProblem] = []
        self._known_until = 0.0

    @property
    def certificate_terms(self) -> list[CertificateTerm]:
        """The terms of the certificates that the system signs with."""
        return list(self._read_terms(self._runtime))

    async def find_problems(self) -> list[ReadinessProblem]:
        """The present problems; none of a system that does not run."""
        if not self._runtime.is_running:
            return []
        outages = [
            ReadinessProblem(code)
            for code, is_there in (
                ("broker-unavailable", not self._runtime.is_connected),
                ("database-unavailable", not self._runtime.database_answers),
            )
            if is_there
        ]
        if (fault := self._runtime.carrier_fault) is not None:
            outages.append(ReadinessProblem(fault.code, details={"reason": fault.message}))
        known = {problem.code for problem in outages}
        return outages + [problem for problem in await self._check_all() if problem.code not in known]

    async def announce_forever(self, runtime: Runtime) -> None:
        """A background job: log the problems of the start, and later each new one."""
        announced: set[str] = set()
        await runtime.machine_clock.sleep(START_SECONDS)
        while True:
            problems = await self.find_problems()
            for problem in problems:
                if problem.code not in announced:
                    log("readiness.problem", level=logging.WARNING, code=problem.code, **problem.details)
            announced = {problem.code for problem in problems}
            await runtime.machine_clock.sleep(ANNOUNCE_SECONDS)

    async def _check_all(self) -> list[ReadinessProblem]:
        time = asyncio.get_running_loop().time
        async with self._asking:
            if time() >= self._known_until:
                try:
                    async with asyncio.timeout(CHECK_SECONDS):
                        self._known = await self._runtime.compute(self._run_checks)
                except TimeoutError:
                    self._known = [ReadinessProblem("readiness-unknown")]
                self._known_until = time() + KNOWN_SECONDS
            return self._known

    def _run_checks(self) -> list[ReadinessProblem]:
        """Run every check, unless an earlier run still hangs: threads are few."""
        if not self._checking.acquire(blocking=False):
            return [ReadinessProblem("readiness-unknown")]
        try:
            return self._find_all()
        finally:
            self._checking.release()

    def _find_all(self) -> list[ReadinessProblem]:
        problems: list[ReadinessProblem] = []
        for check in self._checks:
            try:
                problems += check(self._runtime)
            except BusError as error:
                problems.append(ReadinessProblem(error.code))
            except Exception as error:  # a check must not stop the others
                problems.append(ReadinessProblem("check-failed", details={"error": type(error).__name__}))
                log("readiness.check-failed", error=repr(error))
        return problems

    def _check_terms(self, runtime: Runtime) -> Iterable[ReadinessProblem]:
        now = runtime.now
        for term in self._read_terms(runtime):
            details = {"owner": term.owner, "until": term.not_after.isoformat()}
            if now >= term.not_after:
                yield ReadinessProblem("certificate-expired", details=details)
            elif now >= term.not_after - term.warns_before:
                yield ReadinessProblem("certificate-ending", is_fatal=False, details=details)


def read_identity_term(identity: SystemIdentity | None) -> Iterable[CertificateTerm]:
    """The term of a system's own certificate."""
    if identity is not None and identity.not_after is not None:
        yield CertificateTerm("system", identity.not_after, SYSTEM_WARNING)


def check_database(database: Database) -> ReadinessCheck:
    """A check of the database: whether it answers, has every table and column, and keeps what it confirmed."""

    def find_problems(_: Runtime) -> Iterable[ReadinessProblem]:
        lacking = list_faulty_tables(database)
        if lacking:
            yield ReadinessProblem("database-broken", details={"lacking": ", ".join(lacking)})
        unsafe = list_unsafe_settings(database)
        if unsafe:
            yield ReadinessProblem("database-unsafe", is_fatal=False, details={"settings": ", ".join(unsafe)})

    return find_problems


def check_room(home: Path) -> ReadinessCheck:
    """A check of the disk: whether the system's folder can be written, and has room."""

    def find_problems(_: Runtime) -> Iterable[ReadinessProblem]:
        try:
            home.mkdir(parents=True, exist_ok=True)
            _write_probe(home / ".room")
            free = shutil.disk_usage(home).free
        except OSError as error:
            code = "disk-full" if error.errno in WITHOUT_ROOM else "folder-unwritable"
            yield ReadinessProblem(code, details={"folder": home.name})
            return
        if free < LITTLE_ROOM:
            code = "disk-full" if free < LEAST_ROOM else "disk-low"
            yield ReadinessProblem(code, free < LEAST_ROOM, {"folder": home.name, "free": str(free)})

    return find_problems


def _write_probe(file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, PROBE)
    finally:
        os.close(descriptor)
