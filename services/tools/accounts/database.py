"""The accounts of PostgreSQL: a role and a database for each system, which no other role can enter."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from services.tools.accounts.system_accounts import SystemAccount

BASE = "egov"
"""The beginning of the databases' names, and the name of the administrator's own role and database."""
MOST_CONNECTIONS = 20
"""The connections of one system (a process has sixteen at most), so that one system cannot take all of the
server's 400.
"""
SCRAM_ROUNDS = 4096
SHARED_DATABASES = ("postgres", "template1")


def make_statements(accounts: Sequence[SystemAccount], base: str = BASE) -> list[str]:
    """The SQL statements that an administrator's session runs once, one by one, outside a transaction.

    The statements hold verifiers of the passwords (RFC 5803), never the passwords.
    """
    statements = [f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC' for name in SHARED_DATABASES]
    for account in accounts:
        statements += _account_statements(account, base)
    return statements


def _account_statements(account: SystemAccount, base: str) -> list[str]:
    role, database = account.instance, f"{base}_{account.instance}"
    rights = f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT {MOST_CONNECTIONS}"
    return [
        f"CREATE ROLE \"{role}\" {rights} PASSWORD '{make_verifier(account.database_password)}'",
        f'CREATE DATABASE "{database}" OWNER "{role}" ENCODING \'UTF8\' TEMPLATE template0',
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC',
    ]


def make_verifier(password: str) -> str:
    """The verifier that PostgreSQL stores of an ASCII password for SCRAM-SHA-256 (RFC 5802, RFC 7677)."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${SCRAM_ROUNDS}:{shown[0]}${shown[1]}:{shown[2]}"
