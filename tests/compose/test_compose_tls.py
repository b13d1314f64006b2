"""``compose-env --tls``: the servers prove themselves by НУЦ, which runs after them and takes these keys over."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from services.catalog import INSTANCES, find_instance
from services.cli import app
from services.launcher.settings import SettingsError, known_names, settings_for
from tests.compose.commands import ROOT
from tests.compose.compose_file import COMPOSE_FILE
from tests.journeys.kit import running

TLS_FILE = ROOT / "docker-compose.tls.yml"
SERVERS = ("rabbitmq", "postgres")


@dataclass(frozen=True)
class ComposeFolder:
    """A folder in which ``compose-env --tls`` ran."""

    path: Path

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    def text(self, name: str) -> str:
        return (self.secrets / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ComposeFolder:
    path = tmp_path_factory.mktemp("compose")
    done = CliRunner().invoke(app, ["compose-env", str(path / ".env"), "--tls"])
    assert done.exit_code == 0, done.output
    return ComposeFolder(path)


def over_tls() -> Any:
    return yaml.safe_load(TLS_FILE.read_text(encoding="utf-8"))


def is_proved(folder: ComposeFolder, server: str, name: str) -> bool:
    """Whether a client that trusts НУЦ's root takes the server for ``name``."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(folder.secrets / f"{server}.server.crt", folder.secrets / f"{server}.server.key")
    ours = ssl.create_default_context(cafile=str(folder.secrets / "servers.ca.crt"))
    ways = [ssl.MemoryBIO(), ssl.MemoryBIO()]
    client = ours.wrap_bio(ways[0], ways[1], server_hostname=name)
    host = theirs.wrap_bio(ways[1], ways[0], server_side=True)
    for _ in range(4):
        for end in (client, host):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return client.version() is not None


@pytest.mark.parametrize("server", SERVERS)
def test_server_proves_its_own_name_by_the_root_and_no_other(folder: ComposeFolder, server: str) -> None:
    assert is_proved(folder, server, server)
    assert not is_proved(folder, server, next(name for name in SERVERS if name != server))


def test_systems_reach_both_servers_over_tls_only(folder: ComposeFolder) -> None:
    given = over_tls()["services"]
    assert set(given) == {instance.name for instance in INSTANCES} | set(SERVERS)
    for instance in INSTANCES:
        said = given[instance.name]
        assert said["environment"]["EGOV_SERVERS_CA"] == "/run/secrets/servers_ca"
        assert set(said["environment"]) <= known_names()
        assert {"source": "servers.ca", "target": "servers_ca"} in said["secrets"]
        if instance.address is not None:
            url = folder.text(f"{instance.name}.amqp_url")
            assert (url.startswith("amqps://"), url.endswith("@rabbitmq:5671/")) == (True, True)
    conf = folder.text("rabbitmq.conf").splitlines()
    assert {"listeners.tcp = none", "listeners.ssl.default = 5671"} <= set(conf)
    assert [line.split() for line in folder.text("postgres.hba.conf").splitlines() if "host" in line] == [
        ["hostssl", "all", "all", "all", "scram-sha-256"]
    ]
    settings = [part for part in given["postgres"]["command"] if "=" in part]
    assert {"ssl=on", "hba_file=/run/secrets/client_access", "max_connections=400"} <= set(settings)


def test_secret_of_tls_is_seen_by_one_container_only_and_is_a_file_that_was_made(folder: ComposeFolder) -> None:
    document = over_tls()
    sources = [given["source"] for said in document["services"].values() for given in said["secrets"]]
    assert set(sources) == set(document["secrets"])
    assert {source for source in sources if sources.count(source) > 1} == {"servers.ca"}
    base = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["secrets"]
    files = {
        said["file"].removeprefix("${EGOV_SECRETS:-./secrets}/")
        for said in (*document["secrets"].values(), *base.values())
    }
    made = {file.name for file in folder.secrets.iterdir()}
    assert files == made - {"rabbitmq.password"}
    assert {file.stat().st_mode & 0o777 for file in folder.secrets.iterdir()} == {0o600}
    text = TLS_FILE.read_text(encoding="utf-8")
    for said in document["services"].values():
        for given in said["secrets"]:
            path = f"/run/secrets/{given['target']}"
            assert path in text + folder.text("rabbitmq.conf"), path


def test_variables_name_both_compose_files(folder: ComposeFolder) -> None:
    lines = (folder.path / ".env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines)
    names = given["COMPOSE_FILE"].split(given["COMPOSE_PATH_SEPARATOR"])
    assert names == [COMPOSE_FILE.name, TLS_FILE.name]


@pytest.mark.asyncio(loop_scope="session")
async def test_certification_centre_is_the_one_that_certified_the_servers(
    folder: ComposeFolder, tmp_path: Path
) -> None:
    environment = {"EGOV_AUTHORITY_FILE": str(folder.secrets / "is_nuc.authority.json")}
    async with running(tmp_path, names=("is_nuc",), environment=environment) as country:
        authorities = (await country.answer("is_nuc", "GET", "/api/v1/authorities")).json()
        assert authorities["root"] == folder.text("servers.ca.crt")
        assert authorities["issuing"] in folder.text("rabbitmq.server.crt")
        assert (await country.answer("is_nuc", "GET", "/root.crl")).status_code == 200
        issued = await country.certify(country.stranger())
        assert issued.certificate.issuer.rfc4514_string()
    assert (tmp_path / "is_nuc" / "root.crt").read_text() == folder.text("servers.ca.crt")


@pytest.mark.parametrize("text", ["", "[]", '{"root.key": "x"}', json.dumps(dict.fromkeys("abcd", "-----BEGIN "))])
def test_file_that_holds_no_authorities_is_refused_before_the_start(tmp_path: Path, text: str) -> None:
    file, nuc = tmp_path / "authority.json", find_instance("is_nuc")
    file.write_text(text, encoding="utf-8")
    assert nuc is not None
    with pytest.raises(SettingsError) as caught:
        settings_for(nuc, {"EGOV_AUTHORITY_FILE": str(file)}, is_alone=True)
    assert "EGOV_AUTHORITY_FILE" in str(caught.value)
