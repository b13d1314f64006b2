"""The countries that are taken from the forge, with the next one of a kind started ahead while one is used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any, Self, cast

Wish = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]
"""The settings of a country, and the systems whose places stay free."""
MOST_SPARES = 4
"""How many kinds of countries have one ready at once; each is a process of its own."""


class CountryFault(RuntimeError):
    """A country did not start; the words end with the last lines of its log."""


@dataclass(frozen=True)
class ForkedCountry:
    """A running country: its process, its folder, the addresses of its systems."""

    pid: int
    folder: Path
    urls: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ForkedCountries:
    """The forge, and the countries that it runs."""

    home: Path
    process: subprocess.Popen[str]
    numbers: count[int] = field(default_factory=count)
    spares: dict[Wish, ForkedCountry] = field(default_factory=dict)
    """Countries started ahead for whoever has the same wish next, the longest unused first."""
    wished: set[Wish] = field(default_factory=set)
    is_prepared: bool = False

    @classmethod
    def open(cls, home: Path, settings: Mapping[str, str]) -> Self:
        """Start the forge, and wait until it has prepared a country with these settings in ``home``."""
        countries = cls.launch(home, settings)
        countries.wait_until_prepared()
        return countries

    @classmethod
    def launch(cls, home: Path, settings: Mapping[str, str]) -> Self:
        """Start the forge; it takes some seconds of a processor to prepare a country."""
        command = [
            sys.executable,
            "-m",
            "services.launcher.running.country_forge",
            str(home),
            json.dumps(dict(settings)),
        ]
        with (home / "forge.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - this Python, a module of this package
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        return cls(home, process)

    def wait_until_prepared(self) -> None:
        """Return when countries can be taken; CountryFault where none could be prepared."""
        if not self.is_prepared:
            self._read_answer()
            self.is_prepared = True

    def keep_ready(self, settings: Mapping[str, str], without: Sequence[str] = ()) -> None:
        """Start a country of this kind ahead, from now on whenever one is taken."""
        wish = (tuple(sorted(settings.items())), tuple(without))
        self.wished.add(wish)
        self._start_ahead(wish)

    def take(self, settings: Mapping[str, str], without: Sequence[str] = ()) -> ForkedCountry:
        """A country that nobody has used; CountryFault where it does not start."""
        wish = (tuple(sorted(settings.items())), tuple(without))
        started = self.spares.pop(wish) if wish in self.spares else self._start(wish)
        country = self._await_ready(started)
        if wish in self.wished:
            self._start_ahead(wish)
        self.wished.add(wish)
        return country

    def throw_away(self, country: ForkedCountry) -> None:
        """End the country at once and remove its files."""
        self._order({"stop": country.pid})
        shutil.rmtree(country.folder, ignore_errors=True)

    def close(self) -> None:
        """End every country and the forge, also one that still prepares."""
        if self.is_prepared:
            for country in self.spares.values():
                with suppress(CountryFault):
                    self.throw_away(country)
        else:
            self.process.terminate()
        self._orders.close()
        self.process.wait()
        self._answers.close()

    @property
    def _orders(self) -> IO[str]:
        return cast("IO[str]", self.process.stdin)

    @property
    def _answers(self) -> IO[str]:
        return cast("IO[str]", self.process.stdout)

    def _start_ahead(self, wish: Wish) -> None:
        if wish not in self.spares:
            while len(self.spares) >= MOST_SPARES:
                self.throw_away(self.spares.pop(next(iter(self.spares))))
            self.spares[wish] = self._start(wish)

    def _start(self, wish: Wish) -> ForkedCountry:
        settings, without = wish
        folder = self.home / f"country-{next(self.numbers)}"
        order = {"folder": str(folder), "settings": dict(settings), "without": list(without)}
        return ForkedCountry(self._order({"start": order})["pid"], folder)

    def _await_ready(self, started: ForkedCountry) -> ForkedCountry:
        answer = self._order({"await": started.pid})
        if "urls" not in answer:
            raise CountryFault(f"{answer['error']}:\n{_last_lines(started.folder / 'country.log')}")
        return ForkedCountry(started.pid, started.folder, answer["urls"])

    def _order(self, order: Mapping[str, Any]) -> Any:
        try:
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()
        except BrokenPipeError:
            pass  # the log says why the forge ended
        return self._read_answer()

    def _read_answer(self) -> Any:
        line = self._answers.readline()
        if not line:
            raise CountryFault(f"no country could be prepared:\n{_last_lines(self.home / 'forge.log')}")
        return json.loads(line)


def _last_lines(log: Path, most: int = 30) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-most:])
    except OSError:
        return f"{log} cannot be read"
