"""The bounds of further countries, with a maker that starts no processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from shared.bus.errors import BusError
from shared.sandbox.country.further_countries import (
    MOST_COUNTRIES,
    CountryNotMade,
    CountryOrder,
    FurtherCountries,
    FurtherCountry,
)


class QuickMaker:
    """Countries that are nothing but an entry in a list."""

    def __init__(self) -> None:
        self.running: list[FurtherCountry] = []
        self.fault: Exception | None = None

    async def make(self, order: CountryOrder) -> FurtherCountry:
        if self.fault:
            raise self.fault
        country = FurtherCountry(str(len(self.running)), {}, {}, "", (), datetime(2026, 1, 1, tzinfo=UTC), 0.0)
        self.running.append(country)
        return country

    def list_countries(self) -> Sequence[FurtherCountry]:
        return self.running

    async def end(self, country_id: str) -> None:
        self.running = [country for country in self.running if country.id != country_id]


@pytest.mark.asyncio
async def test_one_country_too_many_is_refused_until_one_ends() -> None:
    countries = FurtherCountries(QuickMaker())
    for _ in range(MOST_COUNTRIES):
        await countries.make(CountryOrder())
    with pytest.raises(BusError) as refusal:
        await countries.make(CountryOrder())
    assert refusal.value.code == "country-limit"
    await countries.end("3")
    assert (await countries.make(CountryOrder())).id == str(MOST_COUNTRIES - 1)


@pytest.mark.asyncio
async def test_country_that_does_not_start_takes_no_place() -> None:
    maker = QuickMaker()
    countries = FurtherCountries(maker)
    maker.fault = CountryNotMade("the port is taken")
    for _ in range(MOST_COUNTRIES + 1):
        with pytest.raises(BusError) as refusal:
            await countries.make(CountryOrder())
        assert (refusal.value.code, refusal.value.http_status) == ("country-failed", 503)
    with pytest.raises(BusError) as nobody:
        await FurtherCountries().make(CountryOrder())
    assert nobody.value.code == "countries-not-offered"
