"""What a client of another author gets of a system that joined: a key store, PEM files, a question to sign."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from shared.pki.certificates import keys
from tests.journeys.doors import JoinedSystem
from tests.journeys.kit import RunningCountry, pem

PASSWORD = "password"
QUESTION = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<ns2:SendMessage xmlns:ns2="http://bip.bee.kz/SyncChannel/v10/Types"><request><requestInfo>'
    "<messageId>1</messageId><serviceId>{service}</serviceId><messageDate>2026-11-29T10:00:00+05:00</messageDate>"
    "<sender><senderId>{sender}</senderId></sender></requestInfo>"
    "<requestData><data><messageId>1</messageId><iin>{iin}</iin></data></requestData></request></ns2:SendMessage>"
    "</soap:Body></soap:Envelope>"
)


@dataclass(frozen=True)
class ClientKeys:
    """The files of a joined system in a folder."""

    folder: Path
    system: JoinedSystem

    @classmethod
    def write(cls, folder: Path, country: RunningCountry, system: JoinedSystem) -> ClientKeys:
        """Write ``own.p12`` under `PASSWORD`, ``own.pem``, and НУЦ's certificates as ``trusted.pem``."""
        encryption = BestAvailableEncryption(PASSWORD.encode())
        store = serialize_key_and_certificates(
            system.address.encode(), system.key, system.certificate, None, encryption
        )
        (folder / "own.p12").write_bytes(store)
        (folder / "own.pem").write_bytes(keys.to_pem(system.key) + pem(system.certificate))
        (folder / "trusted.pem").write_bytes(country.anchors())
        return cls(folder, system)

    def write_question(self, service: str, iin: str) -> Path:
        """An envelope of SyncChannel without a signature."""
        path = self.folder / "question.xml"
        path.write_text(QUESTION.format(service=service, sender=self.system.address, iin=iin), encoding="utf-8")
        return path
