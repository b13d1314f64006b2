"""Finding and installing programs, and running a command with both servers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from services.launcher.ports import BLOCK, BLOCKS, FIRST_OFFSET
from tests.servers import Missing, environment
from tests.servers.processes import PORTS, free_ports
from tests.servers.programs import RABBITMQ, WRAPPER, WSS4J, find, install


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


class AptGet:
    """A stand-in for apt-get: records its calls, answers with the given exit codes."""

    def __init__(self, **codes: int) -> None:
        self.asked: list[str] = []
        self._codes = codes

    def __call__(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.asked.append(" ".join(arguments))
        code = self._codes.get(arguments[0], 0)
        return subprocess.CompletedProcess(arguments, code, stdout=f"E: {arguments[0]} said {code}")


def test_program_folder_that_is_first_to_hold_every_program_is_taken(tmp_path: Path) -> None:
    make_program(tmp_path / "half" / "rabbitmqctl")
    for program in RABBITMQ.programs:
        make_program(tmp_path / "whole" / program)
    assert find(RABBITMQ, [tmp_path / "none", tmp_path / "half", tmp_path / "whole"]) == tmp_path / "whole"


def test_program_wrapper_that_drops_the_environment_is_not_taken(tmp_path: Path) -> None:
    wrapper = make_program(tmp_path / WRAPPER)
    for program in RABBITMQ.programs:
        (tmp_path / program).symlink_to(wrapper)
    with pytest.raises(Missing):
        find(RABBITMQ, [tmp_path])


def test_installation_refreshes_the_lists_and_asks_nothing() -> None:
    apt_get = AptGet()
    install(RABBITMQ, apt_get)
    assert apt_get.asked == ["update -q", "install -q -y --no-install-recommends rabbitmq-server"]


def test_installation_is_not_prevented_by_a_dead_source_of_packages() -> None:
    install(RABBITMQ, AptGet(update=100))


def test_installation_that_fails_says_what_apt_get_said() -> None:
    with pytest.raises(Missing, match=r"apt-get failed:\nE: install said 100"):
        install(RABBITMQ, AptGet(install=100))


def test_ports_of_two_countries_never_meet() -> None:
    ports = [instance.port for instance in INSTANCES]
    assert max(ports) - min(ports) < BLOCK


def test_free_ports_are_never_those_of_a_country() -> None:
    last_block = FIRST_OFFSET + BLOCK * (BLOCKS - 1)
    countries = {instance.port + last_block for instance in INSTANCES}
    assert max(countries) < min(PORTS)


def test_free_ports_differ_and_lie_below_those_of_outgoing_connections() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(port in PORTS for port in ports)


def run_with_servers(*command: str) -> subprocess.CompletedProcess[str]:
    configured = environment.inherited(AMQP_URL="amqp://broker/", DATABASE_URL="postgresql://database/")
    return subprocess.run(
        [sys.executable, "-m", "tests.servers", "run", "--", *command],
        cwd=Path(__file__).parents[2],
        env=configured,
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_is_given_the_urls_and_its_exit_code_is_returned() -> None:
    done = run_with_servers("sh", "-c", 'echo "$AMQP_URL $DATABASE_URL"; exit 7')
    assert done.stdout.split() == ["amqp://broker/", "postgresql://database/"]
    assert done.returncode == 7


def test_command_that_does_not_exist_is_named() -> None:
    done = run_with_servers("no-such-command-anywhere")
    assert done.returncode == 127
    assert "no-such-command-anywhere" in done.stderr


def test_package_of_files_needs_every_file_and_may_have_several_names(tmp_path: Path) -> None:
    package = replace(WSS4J, files=("a.jar", "b.jar"), name="liba libb")
    (tmp_path / "a.jar").touch()
    with pytest.raises(Missing, match=r"a\.jar and b\.jar"):
        find(package, [tmp_path])
    (tmp_path / "b.jar").touch()
    assert find(package, [tmp_path]) == tmp_path
    apt_get = AptGet()
    install(package, apt_get)
    assert apt_get.asked[-1] == "install -q -y --no-install-recommends liba libb"
