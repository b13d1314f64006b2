"""Settings that production, or any start, refuses because they open what must be closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog import INSTANCES
from services.launcher.settings import SettingsError, settings_for
from shared.bus.profiles import OPENINGS, Opening
from tests.journeys.kit import PASSWORD


@pytest.mark.parametrize("opening", [name for name, rule in OPENINGS.items() if rule.setting])
def test_production_refuses_at_start_a_setting_that_opens_what_is_closed(opening: Opening) -> None:
    rule = OPENINGS[opening]
    values = {
        "issues_to_people": "true",
        "pki_faults": "true",
        "clock": "sandbox",
        "ncanode": "true",
        "sigex": "true",
    }
    values |= {"employee_password": PASSWORD, "clerks": "instant", "password_work": "little"}
    environment = {"EGOV_PROFILE": "production", f"EGOV_{str(rule.setting).upper()}": values[str(rule.setting)]}
    concerned = [one for one in INSTANCES if rule.setting in one.load_settings().model_fields]
    assert concerned
    for instance in concerned:
        with pytest.raises(SettingsError, match="only with EGOV_PROFILE=sandbox"):
            settings_for(instance, environment, is_alone=True)


def test_production_that_listens_beyond_this_machine_names_its_hosts() -> None:
    reached = {"EGOV_PROFILE": "production", "EGOV_HOST": "0.0.0.0"}  # noqa: S104 - as in a container
    with pytest.raises(SettingsError, match=r"EGOV_ALLOWED_HOSTS.*name the hosts"):
        settings_for(INSTANCES[0], reached, is_alone=True)
    named = settings_for(INSTANCES[0], {**reached, "EGOV_ALLOWED_HOSTS": "egov.example,"}, is_alone=True)
    assert named.listed_hosts == ["egov.example"]
    settings_for(INSTANCES[0], {**reached, "EGOV_PROFILE": "sandbox"}, is_alone=True)


def test_production_opens_no_api_to_pages_of_every_site() -> None:
    for instance in INSTANCES:
        environment = {"EGOV_PROFILE": "production", "EGOV_CORS_ORIGINS": "*"}
        with pytest.raises(SettingsError, match=r"EGOV_CORS_ORIGINS.*name the sites"):
            settings_for(instance, environment, is_alone=True)
        environment["EGOV_CORS_ORIGINS"] = "https://portal.example"
        assert settings_for(instance, environment, is_alone=True).allowed_origins == {"https://portal.example"}


WEAK_SERVERS = {
    "AMQP_URL": (
        "amqp://guest:guest@broker/",
        "amqp://broker/",
        "amqp://egov@broker/",
        "amqp://egov:rabbitmq@broker/",
        "amqps://is_mio:short-1@broker:5671/",
        "amqp://averylongaccountname:averylongaccountname@broker/",
    ),
    "DATABASE_URL": (
        "postgresql://postgres:postgres@base/egov",
        "postgresql://egov:changeme@base/egov",
        "postgresql://egov@base/egov",
        "postgresql://egov:111111111111111111111@base/egov",
        "postgresql://egov@base/egov?password=egov",
    ),
}
STRONG = "aZ3-kq3V0h1yJc8sWn5tXr2bZp7u"


@pytest.mark.parametrize(("name", "address"), [(name, url) for name, urls in WEAK_SERVERS.items() for url in urls])
@pytest.mark.parametrize("is_file", [False, True])
def test_weak_password_of_a_server_is_refused_at_start_of_production_with_what_to_do(
    tmp_path: Path, name: str, address: str, *, is_file: bool
) -> None:
    (tmp_path / "url").write_text(f"{address}\n")
    given = {f"{name}_FILE": str(tmp_path / "url")} if is_file else {name: address}
    with pytest.raises(SettingsError, match=rf"{name}: .*egov-bus compose-env") as refusal:
        settings_for(INSTANCES[0], {"EGOV_PROFILE": "production", **given}, is_alone=True)
    assert "//" not in str(refusal.value), "nothing of the address is shown"
    assert settings_for(INSTANCES[0], given, is_alone=True)


def test_strong_password_or_none_where_the_machine_itself_vouches_is_taken_in_production() -> None:
    addresses = (
        ("AMQP_URL", f"amqp://is_mio:{STRONG}@broker/"),
        ("DATABASE_URL", f"postgresql://is_mio:{STRONG}@base/egov"),
        ("DATABASE_URL", "postgresql:///egov"),
        ("DATABASE_URL", "postgresql://egov@/egov?host=/var/run/postgresql"),
    )
    for name, address in addresses:
        given = settings_for(INSTANCES[0], {"EGOV_PROFILE": "production", name: address}, is_alone=True)
        assert address in (given.amqp_url, given.database_url)


@pytest.mark.parametrize("token", ["", "operator", "short-but-different", "a" * 40, "abcabcabcabcabcabcabcabc"])
def test_operator_token_that_can_be_guessed_is_refused_at_start_with_what_to_do(token: str) -> None:
    if not token:
        assert settings_for(INSTANCES[0], {"EGOV_OPERATOR_TOKEN": token}, is_alone=True).operator_token is None
        return
    with pytest.raises(SettingsError, match="random characters at least, or leave it out") as refusal:
        settings_for(INSTANCES[0], {"EGOV_OPERATOR_TOKEN": token}, is_alone=True)
    assert token not in str(refusal.value)
