"""Passwords and session tokens."""

from __future__ import annotations

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from shared.bus.errors import Malformed

if TYPE_CHECKING:
    from shared.people.settings import PasswordWork

T = TypeVar("T")

ARGON2_COSTS: Mapping[PasswordWork, Mapping[str, Any]] = MappingProxyType(
    {
        "full": {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1},
        "little": {"time_cost": 1, "memory_cost": 64, "parallelism": 1},
    }
)
"""OWASP's parameters of Argon2id (memory in KiB), and those that protect nobody."""

SHORTEST = 8
LONGEST = 200
SALT_AND_DIGEST_BYTES = (16, 32)
"""As `PasswordHasher` makes them."""
FIRST_PASSWORD_BYTES = 12
"""The random bytes of a password that a system makes."""


class PasswordChecker:
    """Argon2id with OWASP's parameters (19 MiB, 2 passes) or with ``little`` work, in ``at_once`` threads of its
    own: nothing else waits for a hash, and a hash for nothing else.
    """

    def __init__(self, work: PasswordWork = "full", *, at_once: int = 2) -> None:
        self._hasher = PasswordHasher(**ARGON2_COSTS[work])
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="hash")
        self._nobodys = _make_hash_of_nothing(self._hasher)

    async def hash_password(self, password: str) -> str:
        """The argon2id hash of the password; Malformed ``password-weak`` for fewer than 8 or more than 200
        characters.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise Malformed("password-weak", f"{SHORTEST} to {LONGEST} characters")
        return await self._run(self._hasher.hash, password)

    async def is_right(self, password: str, hashed: str | None) -> bool:
        """Whether the password matches the hash; without a hash (unknown login) the check takes as long and gives
        False.
        """
        is_right = await self._run(self._verify_hash, password[:LONGEST], hashed or self._nobodys)
        return is_right and len(password) <= LONGEST

    async def _run(self, act: Callable[..., T], *arguments: str) -> T:
        """Run ``act`` in a thread of the pool; a caller who is cancelled before its turn costs nothing."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, act, *arguments)

    def _verify_hash(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _make_hash_of_nothing(hasher: PasswordHasher) -> str:
    """A hash of the hasher's own cost, made of random bytes: no password fits, and none had to be hashed."""
    salt, digest = (b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in SALT_AND_DIGEST_BYTES)
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


def new_token() -> str:
    """A new session token with 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """The SHA-256 of a session token, which is stored in place of the token."""
    return sha256(token.encode()).hexdigest()
