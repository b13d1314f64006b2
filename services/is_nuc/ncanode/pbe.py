"""Encryption by password as PKCS #12 uses it: PBES2 (RFC 8018) and the forms of RFC 7292, appendix B and C.

Whoever sends a file chooses how much work its password costs. A `WorkBudget` is spent before any of it is done.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from services.is_nuc.ncanode import rc2
from shared.bus.errors import Malformed, Refused

KEY, IV, MAC = 1, 2, 3
MOST_WORK = 1_000_000
COST_IN_PYTHON = 4
"""An iteration of PKCS #12's own function against one of PBKDF2, which runs in C."""
LONGEST_SALT = 1024

_BLOCKS = {"sha1": 64, "sha224": 64, "sha256": 64, "sha384": 128, "sha512": 128}


@dataclass
class WorkBudget:
    """The work that one file may cost, in iterations of PBKDF2."""

    remaining: int = MOST_WORK

    def spend(self, iterations: int, cost: int = 1) -> None:
        """Refused keystore-limits when it is more than is left."""
        if iterations < 1:
            raise Malformed("keystore-malformed", "Key reading error: Invalid format.")
        self.remaining -= iterations * cost
        if self.remaining < 0:
            raise Refused("keystore-limits", "Key reading error: the password's iterations are too many.")


def decrypt(algorithm: Any, password: str, data: bytes, budget: WorkBudget) -> bytes:
    """What `algorithm` (asn1crypto's EncryptionAlgorithm) hides.

    ValueError when the padding is wrong, as after a wrong password; Refused keystore-algorithm, keystore-limits.
    """
    name = algorithm["algorithm"].native
    if name == "pbes2":
        return _decrypt_pbes2(algorithm, password, data, budget)
    key_sizes = {
        "pkcs12_sha1_tripledes_3key": 24,
        "pkcs12_sha1_tripledes_2key": 16,
        "pkcs12_sha1_rc2_128": 16,
        "pkcs12_sha1_rc2_40": 5,
    }
    if name not in key_sizes:
        raise unknown_algorithm()
    parameters = algorithm["parameters"]
    salt, iterations = bytes(parameters["salt"].native), int(parameters["iterations"].native)
    secret = derive_key(KEY, "sha1", password, salt, iterations, key_sizes[name], budget)
    iv = derive_key(IV, "sha1", password, salt, iterations, 8, budget)
    if "rc2" in name:
        return _remove_padding(rc2.decrypt_cbc(secret, iv, data), rc2.BLOCK)
    return _decrypt_cbc(TripleDES(secret + secret[: 24 - len(secret)]), iv, data)


def compute_mac(
    digest: str, password: str, salt: bytes, iterations: int, data: bytes, budget: WorkBudget
) -> bytes:
    """The MAC of a file's content (RFC 7292, 4); Refused keystore-algorithm, keystore-limits."""
    if digest not in _BLOCKS:
        raise unknown_algorithm()
    size = hashlib.new(digest).digest_size
    return hmac.new(derive_key(MAC, digest, password, salt, iterations, size, budget), data, digest).digest()


def derive_key(
    purpose: int, digest: str, password: str, salt: bytes, iterations: int, length: int, budget: WorkBudget
) -> bytes:
    """`length` bytes for KEY, IV or MAC (RFC 7292, B.2)."""
    size, block = hashlib.new(digest).digest_size, _BLOCKS[digest]
    rounds = -(-length // size)
    budget.spend(iterations * rounds, COST_IN_PYTHON)
    if len(salt) > LONGEST_SALT:
        raise Refused("keystore-limits", "Key reading error: the salt is too long.")
    diversifier = bytes([purpose]) * block
    secret = f"{password}\0".encode("utf-16-be", "surrogatepass")
    mixed = _fill_blocks(salt, block) + _fill_blocks(secret, block)
    derived = b""
    for _ in range(rounds):
        piece = diversifier + mixed
        for _ in range(iterations):
            piece = hashlib.new(digest, piece).digest()
        derived += piece
        step = int.from_bytes(_fill_blocks(piece, block)[:block], "big") + 1
        mixed = b"".join(_add_to_block(mixed[at : at + block], step) for at in range(0, len(mixed), block))
    return derived[:length]


def unknown_algorithm() -> Refused:
    return Refused("keystore-algorithm", "Key reading error: an algorithm of the key store is not supported.")


def _fill_blocks(text: bytes, block: int) -> bytes:
    """The text repeated until it fills whole blocks."""
    length = -(-len(text) // block) * block
    return (text * (length // len(text) + 1))[:length] if text else b""


def _add_to_block(block: bytes, step: int) -> bytes:
    size = len(block)
    return ((int.from_bytes(block, "big") + step) % (1 << 8 * size)).to_bytes(size, "big")


def _decrypt_pbes2(algorithm: Any, password: str, data: bytes, budget: WorkBudget) -> bytes:
    """PBES2 with PBKDF2 and AES or Triple DES in CBC (RFC 8018, 6.2)."""
    parameters = algorithm["parameters"]
    derivation, scheme = parameters["key_derivation_func"], parameters["encryption_scheme"]
    kinds = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32, "tripledes_3key": 24}
    length = kinds.get(scheme["algorithm"].native)
    if derivation["algorithm"].native != "pbkdf2" or length is None:
        raise unknown_algorithm()
    costs = derivation["parameters"]
    digest = costs["prf"]["algorithm"].native
    if digest not in _BLOCKS or costs["salt"].name != "specified":
        raise unknown_algorithm()
    iterations, salt = int(costs["iteration_count"].native), bytes(costs["salt"].native)
    budget.spend(iterations * -(-length // hashlib.new(digest).digest_size))
    secret = password.encode("utf-8", "surrogatepass")
    key = hashlib.pbkdf2_hmac(digest, secret, salt, iterations, length)
    iv = bytes(scheme["parameters"].native)
    return _decrypt_cbc(
        TripleDES(key) if "triple" in scheme["algorithm"].native else algorithms.AES(key), iv, data
    )


def _decrypt_cbc(algorithm: TripleDES | algorithms.AES, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithm, modes.CBC(iv)).decryptor()
    return _remove_padding(decryptor.update(data) + decryptor.finalize(), algorithm.block_size // 8)


def _remove_padding(data: bytes, block: int) -> bytes:
    count = data[-1] if data else 0
    if not 1 <= count <= block or data[-count:] != bytes([count]) * count:
        raise ValueError("the padding is wrong")
    return data[:-count]
