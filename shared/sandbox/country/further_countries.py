"""Further countries beside the one that runs: asked for at a door of one system, made by the launcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.bus.errors import Conflict, NotFound, Unavailable

USUAL_LIFE, LONGEST_LIFE = 600, 86_400
"""Seconds of the machine after which a country ends by itself."""


MOST_COUNTRIES = 16


@dataclass(frozen=True)
class CountryOrder:
    """What a country is to be like."""

    clerks: str = "instant"
    without: Sequence[str] = ()
    """The systems whose places stay free."""
    lives_seconds: int = USUAL_LIFE
    citizens: int = 10
    """How many people of its population are named."""


@dataclass(frozen=True)
class CountryPerson:
    """A person of a country who has no account yet."""

    iin: str
    surname: str
    name: str
    patronymic: str


@dataclass(frozen=True)
class FurtherCountry:
    """A country of its own, which runs."""

    id: str
    urls: Mapping[str, str]
    operator_tokens: Mapping[str, str]
    employee_password: str
    citizens: Sequence[CountryPerson]
    ends_at: datetime
    """By the machine's clock."""
    made_in_ms: float


class CountryNotMade(Exception):
    """A country did not start; the words say why."""


class CountryMaker(Protocol):
    """Makes countries and ends them."""

    async def make(self, order: CountryOrder) -> FurtherCountry:
        """A country that nobody has used; CountryNotMade."""
        ...

    def list_countries(self) -> Sequence[FurtherCountry]:
        """The countries that run, the oldest first."""
        ...

    async def end(self, country_id: str) -> None:
        """End a country, if it runs, and delete its data."""
        ...


@dataclass
class FurtherCountries:
    """Where ШЭП asks for countries; without a maker there are none."""

    maker: CountryMaker | None = None
    _in_making: int = 0

    async def make(self, order: CountryOrder) -> FurtherCountry:
        """A country of its own. Conflict ``country-limit``, ``countries-not-offered``; Unavailable
        ``country-failed``.
        """
        maker = self._require_maker()
        if len(maker.list_countries()) + self._in_making >= MOST_COUNTRIES:
            raise Conflict("country-limit", f"{MOST_COUNTRIES} countries run: end one", most=MOST_COUNTRIES)
        self._in_making += 1
        try:
            return await maker.make(order)
        except CountryNotMade as fault:
            raise Unavailable("country-failed", str(fault)) from None
        finally:
            self._in_making -= 1

    def list_countries(self) -> Sequence[FurtherCountry]:
        """The countries that run, the oldest first."""
        return self.maker.list_countries() if self.maker is not None else ()

    async def end(self, country_id: str) -> None:
        """End a country; NotFound ``country-unknown``, Conflict ``countries-not-offered``."""
        maker = self._require_maker()
        if all(country.id != country_id for country in maker.list_countries()):
            raise NotFound("country-unknown", "no such country runs: it has ended, or never was")
        await maker.end(country_id)

    def _require_maker(self) -> CountryMaker:
        if self.maker is None:
            raise Conflict("countries-not-offered", "this process makes no further countries")
        return self.maker
