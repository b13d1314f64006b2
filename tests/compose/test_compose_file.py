"""docker-compose.yml and the Dockerfile agree with the catalogue and the launcher, and publish no other port."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from fastapi import Request

from services.catalog import INSTANCES
from services.launcher.settings import known_names
from services.shep_gateway.console.country_systems import read_places
from services.shep_gateway.pages.start.start_site import list_entries
from services.shep_gateway.settings import GatewaySettings
from services.tools.accounts import secret_files
from services.tools.accounts.system_accounts import make_accounts
from tests.compose.__main__ import write_environment
from tests.compose.commands import ROOT
from tests.compose.compose_file import COMPOSE_FILE, read_services, start_order, systems, web_ports

SERVICES = read_services()
SYSTEMS = systems(SERVICES)
SERVERS = {"rabbitmq", "postgres"}
CENTRE = "is_nuc"
WITHOUT_PASSWORD = ("EGOV_NUC_URL", "EGOV_GATEWAY_URL")
"""The addresses that systems have for each other."""
TEXT = COMPOSE_FILE.read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

ADDRESSES = {instance.name: instance.address for instance in INSTANCES if instance.address is not None}
SECRETS = yaml.safe_load(TEXT)["secrets"]

REQUIRED = set(re.findall(r"\$\{(\w+):\?", TEXT))


def test_containers_are_the_systems_of_the_catalogue_and_the_two_servers() -> None:
    assert set(SYSTEMS) == {instance.name for instance in INSTANCES}
    assert set(SERVICES) == set(SYSTEMS) | SERVERS


def test_container_runs_the_system_of_its_name() -> None:
    assert {name: said["command"] for name, said in SYSTEMS.items()} == {name: [name] for name in SYSTEMS}


def test_system_is_published_on_its_port_of_the_catalogue() -> None:
    published = {instance.name: [f"127.0.0.1:{instance.port}:{instance.port}"] for instance in INSTANCES}
    assert {name: said["ports"] for name, said in SYSTEMS.items()} == published


def test_system_is_asked_on_its_own_port_whether_it_works() -> None:
    for instance in INSTANCES:
        asked = " ".join(SERVICES[instance.name]["healthcheck"]["test"])
        assert f"http://127.0.0.1:{instance.port}/readyz" in asked


def test_container_has_a_health_check_with_all_its_times() -> None:
    for said in SERVICES.values():
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(said["healthcheck"])


def test_system_waits_for_healthy_servers_and_for_the_certification_centre() -> None:
    for name, said in SYSTEMS.items():
        assert set(said["depends_on"]) == SERVERS | ({CENTRE} - {name})
        assert all(after == {"condition": "service_healthy"} for after in said["depends_on"].values())


def test_servers_start_first_then_the_certification_centre_then_the_rest() -> None:
    assert start_order(SERVICES) == [sorted(SERVERS), [CENTRE], sorted(set(SYSTEMS) - {CENTRE})]


def test_system_variables_are_all_known_to_the_launcher() -> None:
    for said in SYSTEMS.values():
        assert set(said["environment"]) <= known_names()
    assert set(re.findall(r"\b(EGOV_\w+)=", DOCKERFILE)) <= known_names()


def test_system_keeps_data_and_token_in_volumes_that_no_other_system_has() -> None:
    for name, said in SYSTEMS.items():
        data, tokens = said["environment"]["EGOV_DATA_DIR"], said["environment"]["EGOV_TOKENS_DIR"]
        invited = {name: ADDRESSES[name]} if name != CENTRE else ADDRESSES
        of_tokens = [f"tokens_{system}:{tokens}/{address}" for system, address in invited.items()]
        assert said["volumes"] == [f"{name}:{data}", *of_tokens]
        assert f"EGOV_DATA_DIR={data} " in DOCKERFILE
        assert f"EGOV_TOKENS_DIR={tokens}\n" in DOCKERFILE


def test_secret_is_seen_by_one_container_only_and_is_a_file_that_compose_env_makes() -> None:
    sources = [given["source"] for said in SERVICES.values() for given in said["secrets"]]
    assert len(sources) == len(set(sources))
    assert set(sources) == set(SECRETS)
    files = {said["file"].removeprefix("${EGOV_SECRETS:-./secrets}/") for said in SECRETS.values()}
    assert files == set(secret_files.make_files(make_accounts())) - {"rabbitmq.password"}


def test_system_has_the_secrets_that_its_settings_name_and_no_other() -> None:
    for name, said in SYSTEMS.items():
        given = {f"/run/secrets/{each['target']}": each["source"] for each in said["secrets"]}
        named = {said["environment"][setting] for setting in ("AMQP_URL_FILE", "DATABASE_URL_FILE")} - {""}
        assert set(given) == named
        assert {source.partition(".")[0] for source in given.values()} == {name}
        has_account = said["environment"]["EGOV_BROKER_ACCOUNTS"] == "true"
        assert has_account is (name in ADDRESSES) is ("/run/secrets/amqp_url" in given)


def test_containers_all_run_as_the_owner_of_the_secrets() -> None:
    users = {said["user"] for said in SERVICES.values()}
    assert [re.sub(r":\?[^}]+", "", user) for user in users] == ["${EGOV_UID}:${EGOV_GID}"]


def test_systems_run_in_production_unless_asked_for_the_sandbox() -> None:
    assert {said["environment"]["EGOV_PROFILE"] for said in SYSTEMS.values()} == {"${EGOV_PROFILE:-production}"}


def test_systems_answer_under_the_name_of_each_other_and_of_the_operators_hosts() -> None:
    for said in SYSTEMS.values():
        *known, own = (host.strip() for host in said["environment"]["EGOV_ALLOWED_HOSTS"].split(","))
        assert set(known) == set(SYSTEMS)
        assert urlsplit(said["environment"]["EGOV_NUC_URL"]).hostname in known
        assert own == "${EGOV_ALLOWED_HOSTS:-}"


def test_gateway_finds_every_system_at_its_name_and_port() -> None:
    places = read_places(SERVICES["shep_gateway"]["environment"]["EGOV_SYSTEM_URLS"])
    assert {place.name: place.url for place in places} == {
        instance.name: f"http://{instance.name}:{instance.port}" for instance in INSTANCES
    }


def test_browser_is_led_to_the_published_port_of_every_system() -> None:
    environment = SERVICES["shep_gateway"]["environment"]
    settings = GatewaySettings(system_urls=environment["EGOV_SYSTEM_URLS"])
    scope = {"type": "http", "scheme": "http", "path": "/", "query_string": b"", "headers": [], "root_path": ""}
    request = Request(scope | {"server": ("127.0.0.1", web_ports(SERVICES)["shep_gateway"])})
    entries = list_entries(request, settings)
    assert {name: entry.url for name, entry in entries.items()} == {
        name: f"http://127.0.0.1:{web_ports(SERVICES)[name]}/" for name in entries
    }
    assert len(entries) == len(SYSTEMS)
    assert "EGOV_START_PAGE" not in environment, (
        "the start page is at the gateway's own port of the visitor's host"
    )


def test_volumes_are_all_named_and_used() -> None:
    used = {volume.split(":")[0] for said in SERVICES.values() for volume in said["volumes"]}
    assert set(yaml.safe_load(TEXT)["volumes"]) == used


def test_ports_are_not_published_beyond_this_machine() -> None:
    published = [port for said in SERVICES.values() for port in said.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert not any("network_mode" in said for said in SERVICES.values())


def test_password_is_never_in_a_variable() -> None:
    for name, value in _variables():
        assert not re.search("(PASS|PASSWORD|SECRET|TOKEN|_URL)$", name) or name in WITHOUT_PASSWORD, name
        assert "@" not in value, name


def test_run_gives_every_variable_that_has_no_default(tmp_path: Path) -> None:
    given = write_environment(tmp_path)
    names = {line.partition("=")[0] for line in given.read_text(encoding="utf-8").splitlines()}
    assert names >= REQUIRED
    assert names <= set(re.findall(r"\$\{(\w+):[?-]", TEXT))


def test_compose_env_gives_every_variable_that_has_no_default() -> None:
    assert set(secret_files.COMPOSE_VARIABLES) == REQUIRED


def test_run_variables_are_for_their_owner_only_and_differ_each_time(tmp_path: Path) -> None:
    first, second = (write_environment(_folder(tmp_path / name)) for name in ("first", "second"))
    assert first.stat().st_mode & 0o777 == 0o600
    files = [file for path in (first, second) for file in (path.parent / "secrets").iterdir()]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    texts = [file.read_text(encoding="utf-8") for file in files if file.name != "rabbitmq.conf"]
    assert len(set(texts)) == len(texts) > 2 * len(SYSTEMS)


def test_systems_are_all_confined() -> None:
    for said in SYSTEMS.values():
        assert said["read_only"] is True
        assert said["cap_drop"] == ["ALL"]
    for said in SERVICES.values():
        assert said["security_opt"] == ["no-new-privileges:true"]
        assert not said.get("privileged", False)


def test_image_ends_as_a_user_without_rights() -> None:
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)[-1:] == ["egov"]


def test_build_sees_only_what_the_image_holds() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    copied = {source.rstrip("/") for source in re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE)}
    assert {pattern[1:] for pattern in patterns if pattern.startswith("!")} == copied


def _variables() -> list[tuple[str, str]]:
    environments: list[dict[str, Any]] = [said["environment"] for said in SERVICES.values()]
    return [(name, str(value)) for environment in environments for name, value in environment.items()]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
