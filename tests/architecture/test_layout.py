"""The allowed files and folders: every allowed place is named here, so that all services look alike."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from services.catalog import INSTANCES, ServiceInstance
from tests.architecture.source import ROOT, Module, modules, services, subfolders, tools

MOST_MODULES_OF_A_FOLDER = 12
MOST_LINES_OF_WIRING = 50

REQUIRED = {"__init__", "app"}
FILES_OF_A_SERVICE = REQUIRED | {"settings", "api", "handlers", "domain", "storage", "texts"}
"""``api`` is HTTP in, ``handlers`` the bus in, ``domain`` the decisions, ``storage`` the rows."""
FOLDERS_OF_A_SERVICE = {"api", "pages", "arm", "doors"}
"""``api`` as a folder where one file was too small, ``pages`` for people, ``arm`` a workplace at a gateway,
``doors`` for systems off the carrier.
"""
ITS_OWN = {
    "gbd_elicense": {"rules"},
    "gbd_ul": {"companies", "organisation_service"},
    "is_cgo": {"conduct_rules"},
    "is_con": {"archive", "queue", "queue_api"},
    "is_esobes": {"rules"},
    "is_nuc": {"authority/", "ncanode/", "sigex/", "clock", "startup", "worker_processes"},
    "is_rynok_truda": {"rules"},
    "kdp": {"consent_code", "consent_service", "consenting", "organisation_token"},
    "nr_iin": {"universal_service"},
    "portal_pep": {
        "actions/",
        *("printing/", "signing/", "case_session", "evidence", "form_drafts", "operations", "record_keeping"),
        "submission",
    },
    "rshep_regional": {"local_systems", "routes"},
    "shep_gateway": {
        *(
            "archive/",
            "console/",
            "proof/",
            "sandbox/",
            "whereabouts/",
            "chains",
            "delivery_notes",
            "missing_entries",
            "seeding",
            "register",
            "register_changes",
        ),
    },
    "temp_files": {"storage_service"},
}
"""Files and folders of one service only; a new entry is a decision."""
TOP_OF_SERVICES = {"__init__", "__main__", "catalog", "cli"}
FOLDERS_OF_SHARED = {
    "bus",
    "casework",
    "client",
    "contracts",
    "evidence",
    "people",
    "phone",
    "pki",
    "regulations",
    "sandbox",
    "texts",
    "web",
    "workplace",
}
LAYERS = {
    "shared/bus": {"audit", "carriers", "clocks", "http", "messages", "metrics", "persistence", "runtime"},
    "shared/pki": {"certificates", "client", "cms", "encoding", "explanation", "gost", "verification", "xml"},
    "shared/regulations": {"bpmn", "checks", "coverage", "forms", "translations", "model", "process"},
    "shared/workplace": {
        *(
            "assignments",
            "clerks",
            "http",
            "pages",
            "people",
            "places",
            "quality",
            "records",
            "registers",
            "steps",
        ),
    },
    "services/tools": {
        *(
            "agents",
            "accounts",
            "background",
            "conformance",
            "demo",
            "faults",
            "integrating",
            "joining",
            "load",
            "ncalayer",
            "phone",
            "publishing",
            "recording",
            "signing",
            "simulation",
            "snapshots",
            "testing",
            "upkeep",
        ),
    },
}
SAYS_NOTHING = {"utils", "common", "helpers", "base", "manager", "service", "models", "misc"}


@pytest.mark.parametrize("service", services())
def test_service_has_the_files_of_a_service_and_those_named_as_its_own(service: str) -> None:
    folder = ROOT / "services" / service
    files = {path.stem for path in folder.glob("*.py")}
    folders = {f"{name}/" for name in subfolders(f"services/{service}")}
    assert files >= REQUIRED, f"services/{service} lacks its wiring or what it says of itself"
    allowed = FILES_OF_A_SERVICE | {f"{name}/" for name in FOLDERS_OF_A_SERVICE} | ITS_OWN.get(service, set())
    assert sorted((files | folders) - allowed) == [], f"services/{service}: give it a name of the layout"
    missing = ITS_OWN.get(service, set()) - files - folders
    assert not missing, f"services/{service}: the layout names {missing}, which are gone"


def test_services_folder_holds_systems_the_catalogue_the_commands_and_nothing_else() -> None:
    assert {path.stem for path in (ROOT / "services").glob("*.py")} == TOP_OF_SERVICES
    assert {instance.service for instance in INSTANCES} == set(services())


def test_shared_folder_holds_its_subjects_and_no_module() -> None:
    assert set(subfolders("shared")) == FOLDERS_OF_SHARED
    assert [path.name for path in (ROOT / "shared").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("folder", LAYERS)
def test_layers_of_a_big_room_are_the_named_folders(folder: str) -> None:
    assert set(subfolders(folder)) == LAYERS[folder]


def test_folder_has_twelve_modules_at_most() -> None:
    counted = Counter(
        module.path.parent.relative_to(ROOT).as_posix()
        for module in modules("services") + modules("shared") + modules("tests")
        if module.path.name not in ("__init__.py", "conftest.py")
    )
    big = {folder: number for folder, number in counted.items() if number > MOST_MODULES_OF_A_FOLDER}
    assert big == {}, "a folder is one subject: give its layers folders"


def test_module_holds_something() -> None:
    """A module has code: only the description of a package may stand alone."""
    hollow = [
        module.place
        for module in modules("services") + modules("shared")
        if module.path.name != "__init__.py" and len(module.tree.body) < 2
    ]
    assert hollow == []


@pytest.mark.parametrize("service", services())
def test_service_says_what_it_owns_and_which_messages_come_and_go(service: str) -> None:
    description = ast.get_docstring(Module(ROOT / "services" / service / "__init__.py").tree)
    assert description, f"services/{service}/__init__.py says nothing of the system it is"
    assert "Owns" in description or "НУЦ" in description, f"services/{service} does not say what it owns"


@pytest.mark.parametrize(
    ("service", "module"), sorted({(instance.service, instance.module) for instance in INSTANCES})
)
def test_wiring_of_a_service_is_one_short_file(service: str, module: str) -> None:
    app = Module(ROOT / "services" / service / f"{module.replace('.', '/')}.py")
    assert app.lines < MOST_LINES_OF_WIRING, f"{app.place} has {app.lines} lines: move work into other files"


@pytest.mark.parametrize("tool", tools())
def test_tool_has_a_command_and_nothing_of_a_system(tool: str) -> None:
    folder = ROOT / "services" / "tools" / tool
    assert ast.get_docstring(Module(folder / "__init__.py").tree)
    entries = [name for name in ("command", "plugin") if (folder / f"{name}.py").exists()]
    assert entries, f"services/tools/{tool} has no command, and no plugin of pytest"
    kept = [name for name in ("app", "api", "handlers", "storage") if (folder / f"{name}.py").exists()]
    assert kept == [], f"{tool} has {kept}: what keeps rows or hears messages is a service of the catalogue"


def test_catalogue_names_every_instance_once() -> None:
    assert len({instance.port for instance in INSTANCES}) == len(INSTANCES)
    assert len({instance.name for instance in INSTANCES}) == len(INSTANCES)
    assert all(
        instance.load_service().name == instance.service for instance in INSTANCES if instance.module == "app"
    )


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: instance.name)
def test_settings_of_an_instance_are_those_of_its_service(instance: ServiceInstance) -> None:
    assert instance.load_settings() is instance.load_service().settings


def test_certification_centre_certifies_every_address_of_the_catalogue_and_no_other() -> None:
    (centre,) = (instance for instance in INSTANCES if instance.service == "is_nuc")
    addresses = [instance.address for instance in INSTANCES if instance.address is not None]
    assert str(centre.settings["systems"]).split(",") == addresses
    assert len(set(addresses)) == len(addresses)


def test_module_says_what_it_is_for() -> None:
    silent = [
        module.place
        for module in modules("services") + modules("shared")
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]
    assert silent == [], "a module begins with a docstring"


def test_file_name_says_what_the_file_is_about() -> None:
    allowed = {"shared/bus/service.py"}  # the kernel's own module, which defines ServiceDefinition
    everything = modules("services") + modules("shared") + modules("tests")
    nameless = [module.place for module in everything if module.path.stem in SAYS_NOTHING]
    assert [place for place in nameless if place not in allowed] == [], "name a file by what it is about"
