"""TLS of docker-compose.yml: НУЦ's authorities, made before НУЦ runs, and certificates of both servers by them.

НУЦ certifies the servers, and needs a database before НУЦ can run. Therefore ``compose-env --tls`` makes the root
and the issuing authority here, and НУЦ takes them over at the first start (``EGOV_AUTHORITY_FILE``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.accounts.server_tls import AuthorityFiles, certify_server
from shared.pki.certificates import keys
from shared.pki.certificates.authority import AGE_AT_FOUNDING, AuthorityUrls, make_issuing, make_root

NUC_URL = "http://is_nuc:8007"
"""The address of НУЦ between the containers; the issuing authority's certificate names the address."""
SERVERS = ("rabbitmq", "postgres")
"""The host names of the servers between the containers."""
AUTHORITY, CA = "is_nuc.authority.json", "servers.ca.crt"
COMPOSE_FILES = "docker-compose.yml:docker-compose.tls.yml"
RABBIT_TLS = """\
listeners.tcp = none
listeners.ssl.default = 5671
ssl_options.cacertfile = /run/secrets/servers_ca
ssl_options.certfile = /run/secrets/server_certificate
ssl_options.keyfile = /run/secrets/server_key
"""
CLIENT_ACCESS = "local all all trust\nhostssl all all all scram-sha-256\n"
"""pg_hba.conf: the socket inside the container for the entry point; TLS and a password for everybody else."""


def make_tls_files(now: datetime) -> Mapping[str, str]:
    """The text of each secret that TLS adds, by the name of its file."""
    with ThreadPoolExecutor() as threads:  # two keys on two cores
        root_key, issuing_key = threads.map(lambda _: keys.new_rsa_key(), range(2))
    since = now - AGE_AT_FOUNDING
    root = make_root(root_key, since)
    issuing = make_issuing(root_key, root, issuing_key, since, urls=AuthorityUrls.for_root(NUC_URL))
    authority = AuthorityFiles(issuing_key, issuing, root)
    content = {
        "root.key": keys.to_pem(root_key).decode(),
        "root.crt": _to_text(root),
        "issuing.key": keys.to_pem(issuing_key).decode(),
        "issuing.crt": _to_text(issuing),
    }
    files = {AUTHORITY: json.dumps(content, indent=1), CA: _to_text(root), "postgres.hba.conf": CLIENT_ACCESS}
    for host in SERVERS:
        key, chain = certify_server(authority, (host,), now)
        files |= {
            f"{host}.server.key": keys.to_pem(key).decode(),
            f"{host}.server.crt": "".join(map(_to_text, chain)),
        }
    return files


def _to_text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
