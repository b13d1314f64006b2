"""Settings that production, or any start, refuses because they open what must be closed."""

from __future__ import annotations

import pytest

from services.catalog import INSTANCES
from services.launcher.settings import SettingsError, settings_for
from shared.bus.profiles import OPENINGS, Opening
from tests.journeys.kit import PASSWORD


@pytest.mark.parametrize("opening", [name for name, rule in OPENINGS.items() if rule.setting])
def test_production_refuses_at_start_a_setting_that_opens_what_is_closed(opening: Opening) -> None:
    rule = OPENINGS[opening]
    values = {"issues_to_people": "true", "pki_faults": "true", "clock": "sandbox", "ncanode": "true"}
    values |= {"employee_password": PASSWORD, "clerks": "instant"}
    environment = {"EGOV_PROFILE": "production", f"EGOV_{str(rule.setting).upper()}": values[str(rule.setting)]}
    concerned = [one for one in INSTANCES if rule.setting in one.load_settings().model_fields]
    assert concerned
    for instance in concerned:
        with pytest.raises(SettingsError, match="only with EGOV_PROFILE=sandbox"):
            settings_for(instance, environment, is_alone=True)


@pytest.mark.parametrize("token", ["", "operator", "short-but-different", "a" * 40, "abcabcabcabcabcabcabcabc"])
def test_operator_token_that_can_be_guessed_is_refused_at_start_with_what_to_do(token: str) -> None:
    if not token:
        assert settings_for(INSTANCES[0], {"EGOV_OPERATOR_TOKEN": token}, is_alone=True).operator_token is None
        return
    with pytest.raises(SettingsError, match="random characters at least, or leave it out") as refusal:
        settings_for(INSTANCES[0], {"EGOV_OPERATOR_TOKEN": token}, is_alone=True)
    assert token not in str(refusal.value)
