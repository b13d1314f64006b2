"""Passwords and login sessions, the same for every system where people log in."""

from __future__ import annotations

import asyncio
import secrets
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.bus.errors import Malformed

SHORTEST = 8
LONGEST = 200


class PasswordChecker:
    """argon2id with OWASP's parameters (19 MiB, 2 passes); few at once, off the loop."""

    def __init__(self, at_once: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._places = asyncio.Semaphore(at_once)
        self._nobodys: str | None = None

    async def hash_password(self, password: str) -> str:
        """Malformed ``password-weak`` when it is shorter than eight characters or longer than two hundred."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise Malformed("password-weak", f"{SHORTEST} to {LONGEST} characters")
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, password: str, hashed: str | None) -> bool:
        """Whether the password fits; without a hash (nobody of that name) it takes as long and is wrong."""
        if self._nobodys is None:
            self._nobodys = await self.hash_password(secrets.token_urlsafe())
        async with self._places:
            is_right = await asyncio.to_thread(self._verify_hash, password[:LONGEST], hashed or self._nobodys)
        return is_right and len(password) <= LONGEST

    def _verify_hash(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def new_token() -> str:
    """A session's secret, 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a session's secret."""
    return sha256(token.encode()).hexdigest()
