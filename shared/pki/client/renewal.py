"""Keeps a system's certificate in force: a new key and certificate long before the end of the present ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Unavailable, Untrusted
from shared.bus.logs import log
from shared.bus.messages.trust import SystemCredential, SystemIdentity
from shared.bus.runtime.readiness import START_SECONDS, ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates import keys
from shared.pki.client.enrolment import SystemEnrolment, certify_another_key, enrol_system, store_renewal
from shared.pki.client.nuc import CertificationCentre

CHECK = timedelta(hours=1)
RETRY_SECONDS = 30.0
RETRY_SECONDS_WITHOUT = 1.0
"""The pause after a failure while the system has no certificate in force and can sign nothing."""
NUC_PAUSE_SECONDS = 5.0


def renewal_moment(begin: datetime, end: datetime) -> datetime:
    """The moment from which a certificate is to be renewed: half-way from the beginning to the end of its term.

    So the old certificate stays good for what is under way, and НУЦ may be away for as long as that.
    """
    return begin + (end - begin) / 2


def is_renewal_due(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether the second half of the certificate's term has begun."""
    return now >= renewal_moment(certificate.not_valid_before_utc, certificate.not_valid_after_utc)


@dataclass
class EnrolmentRenewal:
    """Renews the enrolment of one system while the system runs; one event loop.

    The old certificate is not revoked: it proves what was signed with it until its own end. Receivers find the new
    one in НУЦ's directory, by the thumbprint in the first message that it signs.
    """

    home: Path
    url: str
    enrolled: SystemEnrolment
    centre: CertificationCentre
    token_file: Path
    _problems: list[ReadinessProblem] = field(default_factory=list)
    _asked_again_at: float = field(default_factory=lambda: monotonic() + START_SECONDS)
    """НУЦ is not asked at once: the start of many systems must not wait for it."""

    async def renew_forever(self, runtime: Runtime) -> None:
        """A background job: renew when it is due; a jump of the clock wakes the job."""
        while True:
            try:
                await self.renew_when_due(runtime)
            except BusError as error:
                is_over = runtime.now >= self._certificate.not_valid_after_utc
                log("certificate.not-renewed", owner=self._identity.address, code=error.code, error=error.message)
                await runtime.machine_clock.sleep(RETRY_SECONDS_WITHOUT if is_over else RETRY_SECONDS)
            else:
                await runtime.clock.sleep(CHECK.total_seconds())

    def find_problems(self, runtime: Runtime) -> Iterable[ReadinessProblem]:
        """A readiness check: whether НУЦ is the one that certified this system, knows the certificate and has not
        revoked it; asked every five seconds at most.
        """
        if monotonic() >= self._asked_again_at:
            self._problems = list(self._ask_nuc(runtime.now))
            self._asked_again_at = monotonic() + NUC_PAUSE_SECONDS
        return self._problems

    def _ask_nuc(self, now: datetime) -> Iterable[ReadinessProblem]:
        try:
            root = self.centre.fetch_root()
            if root != self.centre.anchors.roots[0]:
                yield ReadinessProblem("nuc-replaced")
            elif not self.centre.is_known(self._identity.thumbprint):
                yield ReadinessProblem("certificate-unknown")
            elif self.centre.current_crl(now).find_revocation(self._certificate.serial_number) is not None:
                yield ReadinessProblem("certificate-revoked")
        except Unavailable:
            yield ReadinessProblem("directory-unavailable", is_fatal=False)

    async def renew_when_due(self, runtime: Runtime) -> None:
        """Renew the certificate when the second half of its term has begun, and keep a renewed issuing authority.

        Unavailable ``directory-unavailable``, Untrusted ``enrolment-refused``.
        """
        await runtime.compute(lambda: self._follow_issuing(runtime.now))
        if not is_renewal_due(self._certificate, runtime.now):
            return
        try:
            renewed = await self._renew()
        except Untrusted:
            if not self.token_file.exists():
                raise
            renewed = await enrol_system(self.home, self._identity.address, self.url, self.token_file)
        self.enrolled = SystemEnrolment(self._identity, renewed.certificate, renewed.anchors)
        end, new = renewed.certificate.not_valid_after_utc, renewed.identity
        self._identity.replace_credential(SystemCredential(new.key, new.thumbprint, end))
        log("certificate.renewed", owner=self._identity.address, until=end.isoformat())

    @property
    def _certificate(self) -> x509.Certificate:
        return self.enrolled.certificate

    @property
    def _identity(self) -> SystemIdentity:
        return self.enrolled.identity

    async def _renew(self) -> SystemEnrolment:
        """A new key, certified by НУЦ for a request that the present key signs."""
        key = keys.new_ec_key()
        certificate = await certify_another_key(self._identity, self._certificate.subject, key, self.url)
        return store_renewal(self.home, self._identity.address, key, certificate)

    def _follow_issuing(self, now: datetime) -> None:
        """Keep the issuing authority's renewed certificate for the next start."""
        self.centre.follow_issuing(now)
        pem = self.centre.anchors.intermediates[0].public_bytes(Encoding.PEM)
        file = self.home / "issuing.crt"
        if file.read_bytes() != pem:
            keys.write_private(file, pem)
