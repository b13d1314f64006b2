"""The allowed imports between packages."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.architecture.source import ROOT, Module, is_of, modules, services, tools

DOMAIN_MAY_IMPORT = (
    "shared.bus.errors",
    "shared.contracts",
    # The acts are domain: passports are data, procedures pure functions of passports.
    "shared.regulations.model",
    "shared.regulations.process.process_state",
    # The texts for people about a decision are data.
    "shared.texts",
)
DOMAIN_OF_NUC_MAY_IMPORT = (
    # НУЦ decides about certificate requests.
    "cryptography",
    "shared.pki.certificates.profile",
)
KERNEL = "shared.bus"
DRAWS_PAGES = ("shared.web.static_files", "shared.web.templates")
"""The modules that draw the kernel's one page: mechanism too, without an import of ``shared``."""
AMQP_MODULES = (
    "amqp",
    "amqp_connection",
    "amqp_declaring",
    "amqp_frames",
    "amqp_incoming",
    "amqp_partitions",
    "amqp_subscription",
)
SPEAK_AMQP = [f"shared/bus/carriers/{name}.py" for name in AMQP_MODULES]
READS_ENVIRONMENT = "services/cli.py"


@pytest.mark.parametrize("service", services())
def test_service_imports_no_other_and_nothing_of_what_starts_it(service: str) -> None:
    for module in modules(f"services/{service}"):
        foreign = sorted(
            name
            for name in module.imports
            if is_of(name, "services") and name != "services" and not is_of(name, f"services.{service}")
        )
        assert foreign == [], f"{module.place} imports {foreign}: services talk by messages (shared/contracts)"


@pytest.mark.parametrize("tool", tools())
def test_tool_knows_how_it_is_launched_and_no_system(tool: str) -> None:
    known = ("services.launcher", "services.catalog", "services.tools")
    for module in modules(f"services/tools/{tool}"):
        foreign = sorted(name for name in module.imports if is_of(name, "services") and not is_of(name, *known))
        assert [name for name in foreign if name != "services"] == [], f"{module.place}: a tool speaks HTTP"


def test_launcher_knows_no_tool_and_no_system() -> None:
    for module in modules("services/launcher"):
        known = ("services.launcher", "services.catalog")
        foreign = sorted(name for name in module.imports if is_of(name, "services") and not is_of(name, *known))
        assert [name for name in foreign if name != "services"] == [], f"{module.place} imports {foreign}"


def test_shared_code_imports_no_service() -> None:
    for module in modules("shared"):
        found = sorted(name for name in module.imports if is_of(name, "services"))
        assert found == [], f"{module.place} imports {found}"


def test_shared_code_asks_what_a_system_can_and_not_which_it_is() -> None:
    """A flag that is named for one system is a lie at the second system that can the same."""
    names = set(services())
    flags = [
        f"{module.place}:{node.lineno} {name}"
        for module in modules("shared")
        for node in module.nodes
        if (name := _identifier(node)) in names and isinstance(node, ast.Attribute | ast.AnnAssign | ast.arg)
    ]
    assert flags == []


def _identifier(node: ast.AST) -> str:
    """The name that an attribute, an annotated field or a parameter has."""
    if isinstance(node, ast.AnnAssign):
        return _identifier(node.target)
    return str(getattr(node, "attr", None) or getattr(node, "arg", None) or getattr(node, "id", ""))


PYTEST_PLUGIN = "services/tools/testing/plugin.py"


def test_product_imports_no_test() -> None:
    for module in modules("shared") + modules("services"):
        banned = ("tests",) if module.place == PYTEST_PLUGIN else ("tests", "pytest")
        found = sorted(name for name in module.imports if is_of(name, *banned))
        assert found == [], f"{module.place} imports {found}"


def test_kernel_knows_no_domain_word() -> None:
    for module in modules("shared/bus"):
        known = (KERNEL, *DRAWS_PAGES)
        found = sorted(name for name in module.imports if is_of(name, "shared") and not is_of(name, *known))
        assert [name for name in found if name != "shared"] == [], f"{module.place} imports {found}"


def test_page_modules_of_the_kernel_import_nothing_of_the_project() -> None:
    drawing = [module for module in modules("shared/web") if module.name in DRAWS_PAGES]
    assert len(drawing) == len(DRAWS_PAGES)
    for module in drawing:
        assert [name for name in module.imports if is_of(name, "shared", "services")] == [], module.place


WITH_A_DOMAIN = [one for one in services() if (ROOT / "services" / one / "domain.py").exists()]


@pytest.mark.parametrize("service", WITH_A_DOMAIN)
def test_a_domain_imports_the_standard_library_errors_and_contracts_only(service: str) -> None:
    (module,) = (one for one in modules(f"services/{service}") if one.path.name == "domain.py")
    allowed = DOMAIN_MAY_IMPORT + (DOMAIN_OF_NUC_MAY_IMPORT if service == "is_nuc" else ())
    foreign = sorted(name for name in module.imports if not _is_allowed(name, allowed))
    assert foreign == [], f"{module.place} imports {foreign}: a decision needs data, not machinery"


def _is_allowed(name: str, allowed: tuple[str, ...]) -> bool:
    is_on_the_way = any(one.startswith(f"{name}.") for one in allowed)
    return name.partition(".")[0] in sys.stdlib_module_names or is_of(name, *allowed) or is_on_the_way


def test_amqp_is_spoken_by_one_file() -> None:
    speakers = [
        module.place
        for module in modules("services") + modules("shared")
        if any(is_of(name, "aio_pika", "aiormq", "pamqp") for name in module.imports)
    ]
    assert speakers == SPEAK_AMQP


def test_environment_is_read_by_one_file() -> None:
    readers = [module.place for module in modules("services") + modules("shared") if _reads_environment(module)]
    assert readers == [READS_ENVIRONMENT]


def _reads_environment(module: Module) -> bool:
    names = {"environ", "getenv", "environb"}
    attributes = (node.attr for node in module.nodes if isinstance(node, ast.Attribute))
    return not names.isdisjoint(attributes) or not {f"os.{name}" for name in names}.isdisjoint(module.imports)


def test_commits_are_made_by_the_kernel_alone() -> None:
    committers = [
        module.place
        for module in modules("services") + modules("shared")
        if not is_of(module.name, KERNEL) and _commits(module)
    ]
    assert committers == [], "a handler changes and sends; the kernel commits both or neither"


def _commits(module: Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        for node in module.nodes
    )


ROUTERS = ("APIRouter", "MessageRouter", "PageRouter")
WIRING = {"app", "routers", "system"}
"""The modules that put routers together: nothing else knows a module of endpoints or of handlers."""


def test_endpoints_and_handlers_are_known_to_the_wiring_alone() -> None:
    """Code that two routers need is in a module of its own without a router. The kernel's endpoints are tools."""
    source = [module for module in modules("services") + modules("shared") if not is_of(module.name, KERNEL)]
    doors = {module.name for module in source if _has_router(module)}
    assert len(doors) > 20, "the routers are not found any more"
    known = [
        f"{module.place} imports {name}"
        for module in source
        if module.path.stem not in WIRING
        for name in sorted(module.imports & doors - {module.name})
    ]
    assert known == []


def _has_router(module: Module) -> bool:
    """Whether the import of a module makes a router of HTTP or of messages."""
    values = (node.value for node in module.tree.body if isinstance(node, ast.Assign))
    calls = (value.func for value in values if isinstance(value, ast.Call))
    return any(
        isinstance(called, ast.Name) and called.id in ("APIRouter", "MessageRouter", "PageRouter")
        for called in calls
    )
