"""Two processes of НУЦ on one PostgreSQL: numbers, revisions and lists stay in order."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography import x509

from tests.journeys.kit import RunningCountry, running
from tests.servers import environment
from tests.services.is_nuc.outsiders import person

pytestmark = pytest.mark.servers


async def full_list(nuc: RunningCountry) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", "/crl")).content)


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


async def test_crl_of_two_replicas_revoking_at_once_loses_no_entry_and_repeats_no_number(tmp_path: Path) -> None:
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    name = f"nuc{secrets.token_hex(4)}"
    own = {"DATABASE_URL": f"{base.rpartition('/')[0]}/{name}"}
    async with (
        running(tmp_path, names=("is_nuc",), environment=own) as first,
        running(tmp_path, names=("is_nuc",), environment=own) as second,
    ):
        people = [await person(first) for _ in range(12)]
        numbers = [number(await full_list(each)) for each in (first, second)]

        async def revoke(index: int) -> None:
            nuc = (first, second)[index % 2]
            await nuc.revoke(people[index].certificate)
            numbers.append(number(await full_list(nuc)))

        await asyncio.gather(*(revoke(index) for index in range(len(people))))
        await asyncio.sleep(1.1)
        revoked = {one.certificate.serial_number for one in people}
        last = [await full_list(each) for each in (first, second)]
        assert [{one.serial_number for one in crl} for crl in last] == [revoked, revoked]
        assert number(last[0]) != number(last[1])
        assert max(numbers) <= max(number(crl) for crl in last)
    with psycopg.connect(base, autocommit=True) as link:
        link.execute(f'DROP DATABASE "{name}_is_nuc"'.encode())


async def test_clock_of_two_replicas_is_one_whichever_is_asked_for_a_change(tmp_path: Path) -> None:
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    name = f"nuc{secrets.token_hex(4)}"
    own = {"DATABASE_URL": f"{base.rpartition('/')[0]}/{name}", "EGOV_CLOCK": "sandbox"}
    async with (
        running(tmp_path, names=("is_nuc",), environment=own) as first,
        running(tmp_path, names=("is_nuc",), environment=own) as second,
    ):
        hour, path = {"by": 3600}, "/api/v1/clock/advance"
        await asyncio.gather(*(nuc.operator("is_nuc").post(path, hour) for nuc in (first, second) * 4))
        await asyncio.sleep(1)
        told = [(await nuc.answer("is_nuc", "GET", "/api/v1/clock")).json() for nuc in (first, second)]
        assert told[0]["lines"] == told[1]["lines"]
        assert [line["version"] for line in told[0]["lines"]] == list(range(1, 10))
        for one in told:
            ahead = datetime.fromisoformat(one["now"]) - datetime.fromisoformat(one["machine"])
            assert ahead == timedelta(hours=8)
    with psycopg.connect(base, autocommit=True) as link:
        link.execute(f'DROP DATABASE "{name}_is_nuc"'.encode())
