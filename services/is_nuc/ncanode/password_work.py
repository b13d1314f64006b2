"""The cost of a password of PKCS #12 (RFC 7292, RFC 8018), computed before any decryption; and the file's MAC.

The sender of a file chooses how many iterations the password costs, and `cryptography` runs all of them. So
callers spend a `WorkBudget` before the work starts.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from shared.bus.errors import Malformed, Refused

MOST_WORK = 1_000_000
LONGEST_SALT = 1024

_COST_IN_PYTHON = 4
"""The cost of an iteration for the MAC's key, in iterations of PBKDF2, which run in C."""
_BLOCKS = {"sha1": 64, "sha224": 64, "sha256": 64, "sha384": 128, "sha512": 128}
_DIGEST_SIZE = 20  # SHA-1, from which PKCS #12's own ciphers derive keys
_INITIAL_VECTOR_ROUNDS = 1
_KEY_SIZES = {
    "pkcs12_sha1_tripledes_3key": 24,
    "pkcs12_sha1_tripledes_2key": 16,
    "pkcs12_sha1_rc2_128": 16,
    "pkcs12_sha1_rc2_40": 5,
}
_PBES2_KEY_SIZES = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32, "tripledes_3key": 24}
_MAC_KEY = 3  # RFC 7292, B.3


@dataclass
class WorkBudget:
    """The work that one file may cost, in iterations of PBKDF2."""

    remaining: int = MOST_WORK

    def spend_iterations(self, iterations: int, cost: int = 1) -> None:
        """Spend iterations, each of this cost; Refused keystore-limits when the budget is exceeded."""
        if iterations < 1:
            raise Malformed("keystore-malformed", "Key reading error: Invalid format.")
        self.remaining -= iterations * cost
        if self.remaining < 0:
            raise Refused("keystore-limits", "Key reading error: the password's iterations are too many.")

    def spend_decryption(self, algorithm: Any) -> None:
        """Spend the cost of a decryption by `algorithm` (asn1crypto's EncryptionAlgorithm).

        Refused keystore-limits; keystore-algorithm unless PBES2 with PBKDF2, or one of PKCS #12's own algorithms.
        """
        name = algorithm["algorithm"].native
        if name == "pbes2":
            self._spend_pbes2(algorithm["parameters"])
            return
        if name not in _KEY_SIZES:
            raise unknown_algorithm()
        parameters = algorithm["parameters"]
        require_short_salt(bytes(parameters["salt"].native))
        rounds = _count_rounds(_KEY_SIZES[name], _DIGEST_SIZE) + _INITIAL_VECTOR_ROUNDS
        self.spend_iterations(int(parameters["iterations"].native) * rounds)

    def _spend_pbes2(self, parameters: Any) -> None:
        derivation, scheme = parameters["key_derivation_func"], parameters["encryption_scheme"]
        length = _PBES2_KEY_SIZES.get(scheme["algorithm"].native)
        if derivation["algorithm"].native != "pbkdf2" or length is None:
            raise unknown_algorithm()
        costs = derivation["parameters"]
        digest = costs["prf"]["algorithm"].native
        if digest not in _BLOCKS or costs["salt"].name != "specified":
            raise unknown_algorithm()
        require_short_salt(bytes(costs["salt"].native))
        rounds = _count_rounds(length, hashlib.new(digest).digest_size)
        self.spend_iterations(int(costs["iteration_count"].native) * rounds)


def compute_mac(
    digest: str, password: str, salt: bytes, iterations: int, data: bytes, budget: WorkBudget
) -> bytes:
    """The MAC of a file's content (RFC 7292, 4 and B.2); Refused keystore-algorithm, keystore-limits."""
    if digest not in _BLOCKS:
        raise unknown_algorithm()
    require_short_salt(salt)
    budget.spend_iterations(iterations, _COST_IN_PYTHON)
    block = _BLOCKS[digest]
    secret = f"{password}\0".encode("utf-16-be", "surrogatepass")
    key = bytes([_MAC_KEY]) * block + _fill_blocks(salt, block) + _fill_blocks(secret, block)
    for _ in range(iterations):
        key = hashlib.new(digest, key).digest()
    return hmac.new(key, data, digest).digest()


def require_short_salt(salt: bytes) -> None:
    """Refused keystore-limits over `LONGEST_SALT` bytes: every iteration begins with the salt."""
    if len(salt) > LONGEST_SALT:
        raise Refused("keystore-limits", "Key reading error: the salt is too long.")


def unknown_algorithm() -> Refused:
    """The refusal of an unsupported algorithm."""
    return Refused("keystore-algorithm", "Key reading error: an algorithm of the key store is not supported.")


def _count_rounds(length: int, size: int) -> int:
    return -(-length // size)


def _fill_blocks(text: bytes, block: int) -> bytes:
    """The text, repeated until it fills whole blocks."""
    length = _count_rounds(len(text), block) * block
    return (text * (length // len(text) + 1))[:length] if text else b""
