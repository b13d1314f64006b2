"""A whole country goes back to a snapshot: asked for at a door of one system, done by the launcher."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.bus.errors import Conflict, NotFound, Refused

SEEDED = "seeded"
"""The snapshot that a new country makes of itself before anybody has used it."""


@dataclass(frozen=True)
class KeptState:
    """A snapshot; the moment is the machine's, as an ISO time. It fits where this version made it."""

    name: str
    made_at: str
    version: str
    fits: bool = True


@dataclass
class CountryReset:
    """The wish that the country go back."""

    is_offered: bool = False
    """Whether anybody here can do that."""
    list_states: Callable[[], Sequence[KeptState]] = tuple
    generation: int = 0
    """How often the country has gone back since its process began."""
    is_settled: bool = True
    """False while a new country has not kept its seeded state yet."""
    wished: str | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self, name: str) -> int:
        """Note the wish that the country go back to a snapshot: the generation that it has once it is back.

        Conflict ``reset-not-offered``, ``reset-under-way``; NotFound ``snapshot-unknown``; Refused
        ``snapshot-other-version``.
        """
        if not self.is_offered:
            raise Conflict("reset-not-offered", "this country is no single process on SQLite (egov-bus all, up)")
        if self.wished is not None:
            raise Conflict("reset-under-way", f"the country is going back to {self.wished}", name=self.wished)
        state = next((state for state in self.list_states() if state.name == name), None)
        if state is None:
            raise NotFound("snapshot-unknown", "there is no such snapshot", name=name)
        if not state.fits:
            raise Refused("snapshot-other-version", f"it is of version {state.version}", name=name)
        self.wished = name
        return self.generation + 1

    def begin(self) -> None:
        """Have the country stop now; whoever asked has the answer."""
        self.asked.set()

    def conclude(self) -> None:
        """Note that the country is back."""
        self.generation += 1
        self.wished = None
        self.asked.clear()
