"""The two calls of a client of КДП: what it sends, and what it takes from one answer to the next."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.pki.certificates import keys
from tests.journeys.doors import JoinedSystem
from tests.journeys.integrators.calls import ProviderAnswer
from tests.journeys.kit import LIVING

KDP, PERSONS = "KDP_SERVICE", "GBDFLUniversal_token"
BIN = "990140000641"
PERSON = LIVING[7]


def organisation_token(asker: JoinedSystem, key: rsa.RSAPrivateKey | None = None, **changed: object) -> str:
    now = int(datetime.now(UTC).timestamp())  # noqa: TID251 - the integrator's own clock
    claims = {"cbin": BIN, "mcheck": "Bio", "iat": now, "exp": now + 60, **changed}
    return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(keys.to_pem(key or asker.key)))


def consent_fields(asker: JoinedSystem, **changed: str) -> dict[str, str]:
    return {
        "uin": PERSON.iin,
        "company": "LLP & Co",
        "company_bin": BIN,
        "company_responsible": "A",
        "employee_name": "B",
        "access_name": PERSONS,
        "personal_data_name": "name",
        "expiresIn": "300000",
        "omit-sms": "true",
        "ovt": organisation_token(asker),
        **changed,
    }


def person_fields(answer: ProviderAnswer, iin: str = PERSON.iin) -> dict[str, str]:
    code, key = answer.find("code"), answer.find("public-key")
    assert code, answer
    assert key, answer
    return {"messageId": "1", "senderCode": "x", "iin": iin, "kdpToken": code, "publicKey": key}
