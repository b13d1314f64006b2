"""Every service has the same files, so that knowing one is knowing all."""

from __future__ import annotations

import ast

import pytest

from services.catalog import INSTANCES
from tests.architecture.source import ROOT, TOOLS, Module, everywhere, modules, services

FIXED = ("__init__", "app", "settings", "api", "handlers", "domain", "storage")
OF_A_WORKPLACE = ("__init__", "app")
"""A system on the common workplace (shared.workplace) has only what is particular about it."""
BANNED = ("utils", "common", "helpers", "base", "manager", "service", "models", "misc")
MOST_LINES_OF_WIRING = 60
"""The house says 40: the longest (ИС МИО, with its first employees) has 58."""


@pytest.mark.parametrize("service", services())
def test_a_service_has_the_fixed_files(service: str) -> None:
    fixed = OF_A_WORKPLACE if _is_on_the_common_workplace(service) else FIXED
    missing = [name for name in fixed if not (ROOT / "services" / service / f"{name}.py").exists()]
    assert missing == [], f"services/{service} lacks {missing}: every service has the same files"


def _is_on_the_common_workplace(service: str) -> bool:
    return "shared.workplace.system" in Module(ROOT / "services" / service / "app.py").imports


@pytest.mark.parametrize("service", services())
def test_a_service_says_what_it_owns_and_which_messages_come_and_go(service: str) -> None:
    told = ast.get_docstring(Module(ROOT / "services" / service / "__init__.py").tree)
    assert told, f"services/{service}/__init__.py says nothing of the system it is"
    assert "Owns" in told or "НУЦ" in told, f"services/{service}/__init__.py does not say what it owns"


@pytest.mark.parametrize(
    ("service", "module"), sorted({(instance.service, instance.module) for instance in INSTANCES})
)
def test_the_wiring_of_a_service_is_one_short_file(service: str, module: str) -> None:
    app = Module(ROOT / "services" / service / f"{module.replace('.', '/')}.py")
    assert app.lines < MOST_LINES_OF_WIRING, f"{app.place} has {app.lines} lines: move work into other files"


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_says_that_it_is_one_and_has_a_command_instead_of_wiring(tool: str) -> None:
    folder = ROOT / "services" / tool
    told = ast.get_docstring(Module(folder / "__init__.py").tree)
    assert told is not None
    assert "a tool, no system of the bus" in told, f"services/{tool}/__init__.py does not say what it is"
    assert (folder / "command.py").exists(), f"services/{tool} has no command"
    kept = [name for name in ("app", "api", "handlers", "storage") if (folder / f"{name}.py").exists()]
    assert kept == [], (
        f"services/{tool} has {kept}: what keeps rows or hears messages is a service of the catalogue"
    )


def test_the_catalogue_lists_every_service_and_no_other() -> None:
    assert {instance.service for instance in INSTANCES} == set(services())
    assert len({instance.port for instance in INSTANCES}) == len(INSTANCES)
    assert len({instance.name for instance in INSTANCES}) == len(INSTANCES)
    assert all(instance.load().name == instance.service for instance in INSTANCES if instance.module == "app")


def test_the_certification_centre_certifies_every_address_of_the_catalogue_and_no_other() -> None:
    (centre,) = (instance for instance in INSTANCES if instance.service == "is_nuc")
    addresses = [instance.address for instance in INSTANCES if instance.address is not None]
    assert str(centre.settings["systems"]).split(",") == addresses
    assert len(set(addresses)) == len(addresses)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        module.place
        for module in modules("services") + modules("shared")
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]
    assert silent == [], "a module begins with a docstring"


def test_no_file_has_a_name_that_says_nothing() -> None:
    allowed = {"shared/bus/service.py"}  # the kernel's own: a Service is what it defines
    found = [one.place for one in everywhere() if one.path.stem in BANNED and one.place not in allowed]
    assert found == [], "name a file by what it is about"
