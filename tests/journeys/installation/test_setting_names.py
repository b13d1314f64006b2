"""The environment variables of settings: each field names its own, and the catalogue's fields have none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.catalog import INSTANCES, ServiceInstance
from services.cli import app
from services.launcher.settings import SettingsError, known_names, settings_for
from tests.docs_commands import ROOT

SET_BY_THE_CATALOGUE = {"rshep_regional": {"region"}, "is_nuc": {"systems"}}
"""Services with the fields that nobody sets from outside; a new entry is a decision."""
HEAVY = {"fastapi", "sqlalchemy", "uvicorn", "shared.regulations.passport_book"}


def find_service(name: str) -> ServiceInstance:
    return next(instance for instance in INSTANCES if instance.name == name)


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: instance.name)
def test_settings_name_a_variable_for_every_field_but_those_of_the_catalogue(instance: ServiceInstance) -> None:
    kind = instance.load_settings()
    named = list(kind.environment_names().values())
    is_workplace_of_a_gateway = instance.module != "app"
    unnamed = set() if is_workplace_of_a_gateway else SET_BY_THE_CATALOGUE.get(instance.service, set())
    assert sorted(named) == sorted(kind.model_fields.keys() - unnamed), "two fields have one name, or one has none"


def test_settings_name_the_servers_as_their_clients_do_and_all_else_with_the_prefix() -> None:
    assert {name for name in known_names() if not name.startswith("EGOV_")} == {
        "AMQP_URL",
        "AMQP_URL_FILE",
        "DATABASE_URL",
        "DATABASE_URL_FILE",
    }
    portal = settings_for(
        find_service("portal_pep"), {"EGOV_AMQP_URL": "amqp://other", "EGOV_RETENTION_DAYS": "7"}, is_alone=True
    )
    assert (portal.amqp_url, portal.retention_days) == (None, 7)


def test_settings_refuse_an_address_of_rabbitmq_by_the_name_of_its_variable() -> None:
    with pytest.raises(SettingsError, match="portal_pep: AMQP_URL: "):
        settings_for(find_service("portal_pep"), {"AMQP_URL": "http://rabbit"}, is_alone=True)


@pytest.mark.parametrize("name", ["AMQP_URL", "DATABASE_URL"])
def test_settings_read_an_address_with_its_password_from_a_file(name: str, tmp_path: Path) -> None:
    file, portal = tmp_path / "address", find_service("portal_pep")
    scheme = "amqp" if name == "AMQP_URL" else "postgresql"
    file.write_text(f"{scheme}://portal:secret@server/base\n")
    settings = settings_for(portal, {f"{name}_FILE": str(file)}, is_alone=True)
    assert getattr(settings, name.lower()) == f"{scheme}://portal:secret@server/base"
    for both in ({name: f"{scheme}://other/base"}, {f"{name}_FILE": str(tmp_path / "nowhere")}):
        with pytest.raises(SettingsError, match=f"portal_pep: {name}_FILE: ") as refused:
            settings_for(portal, {f"{name}_FILE": str(file), **both}, is_alone=True)
        assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["EGOV_SYSTEMS", "EGOV_EMPLOYERS", "EGOV_REGION", "EGOV_AMQP_URL", "EGOV_DATABASE_URL"]
)
def test_settings_of_the_catalogue_cannot_be_set_from_the_environment(name: str) -> None:
    result = CliRunner().invoke(app, ("--check",), env={"COLUMNS": "200", name: "KZ-AKM"})
    assert (result.exit_code, result.stderr.strip()) == (2, f"✗ unknown setting {name}")


def test_settings_give_the_port_of_the_environment_to_a_lone_instance_only() -> None:
    nuc, environment = find_service("is_nuc"), {"EGOV_PORT": "9000", "EGOV_PORT_OFFSET": "10"}
    assert settings_for(nuc, environment, is_alone=True).port == 9000
    assert settings_for(nuc, environment, is_alone=False).port == nuc.port + 10


def test_settings_are_checked_without_what_a_system_is_made_of() -> None:
    script = (
        "import sys; from services.launcher.settings import check_all;"
        "print(check_all({'EGOV_CLERK': 'instant', 'EGOV_CLERKS': 'instant'}), sorted(sys.modules))"
    )
    done = subprocess.run((sys.executable, "-c", script), cwd=ROOT, capture_output=True, text=True, check=True)
    assert "['unknown setting EGOV_CLERK']" in done.stdout
    assert [name for name in HEAVY if f"'{name}'" in done.stdout] == []
