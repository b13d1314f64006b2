"""The build's way to the registries."""

from __future__ import annotations

from tests.compose.registries import reach_of_pip


def test_registry_settings_of_the_environment_win_over_the_files() -> None:
    listed = [":env:.index-url='https://env.test/simple'", "global.index-url='https://file.test/simple'"]
    assert reach_of_pip(listed) == {"index-url": "https://env.test/simple"}


def test_registry_settings_leave_out_folders_of_this_machine() -> None:
    listed = ["global.extra-index-url='file:///folder https://more.test/simple'", "global.find-links='/wheels'"]
    assert reach_of_pip(listed) == {"extra-index-url": "https://more.test/simple"}


def test_registry_settings_leave_out_what_does_not_concern_the_way() -> None:
    assert reach_of_pip(["global.quiet='1'", "install.user='true'", "global.cert='/ca.pem'"]) == {
        "cert": "/ca.pem"
    }
