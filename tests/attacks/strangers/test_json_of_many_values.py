"""Threat: a message or a signed document within the limit of bytes holds millions of values.

Without limits 16 MiB of unknown fields cost a reader fourteen seconds and two gigabytes, and 16 MiB of empty
objects the whole memory. The signatures of the member and of the citizen are valid here; the signed content is
bad.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from shared.bus.errors import Malformed
from shared.bus.messages.gate import Gate, NotAdmitted
from shared.bus.messages.trust import FixedDirectory, PeerSystem, SystemIdentity
from shared.contracts.documents import read_application, read_output, read_supplement
from tests.bus.forge import body, sealed

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MIB = 1024 * 1024
PATIENCE = 1.0


def many_fields(size: int) -> bytes:
    return b'"a":0' + b"".join(b',"%07x":0' % n for n in range(size // 13))


@pytest.mark.parametrize("read", [read_application, read_supplement, read_output])
def test_signed_document_of_many_values_is_refused_at_once(read: Callable[[bytes], object]) -> None:
    content = b"{" + many_fields(2 * MIB) + b"}"
    begin = time.monotonic()
    with pytest.raises(Malformed) as refused:
        read(content)
    assert refused.value.code == "document-malformed"
    assert time.monotonic() - begin < PATIENCE


@pytest.mark.parametrize("values", [many_fields(2 * MIB), b'"a":[' + b"{}," * (MIB // 2) + b"{}]"])
def test_message_of_many_values_is_refused_at_the_gate_in_the_name_of_its_sender(values: bytes) -> None:
    member = SystemIdentity("KZ.MEMBER", ec.generate_private_key(ec.SECP256R1()), "its thumbprint")
    peer = PeerSystem(member.address, member.key.public_key(), member.thumbprint, NOW + timedelta(days=1))
    gate = Gate("KZ.HERE", FixedDirectory(peer), lambda neighbour: True, 16 * MIB, timedelta(days=1))
    content = body(member.address, at=NOW).replace(b'"data":{', b'"data":{' + values + b",")
    begin = time.monotonic()
    with pytest.raises(NotAdmitted) as refused:
        gate.admit(sealed(member, content, "KZ.HERE"), NOW)
    assert refused.value.error.code == "message-malformed"
    assert refused.value.received is not None, "its turn in the sender's stream is taken all the same"
    assert time.monotonic() - begin < PATIENCE
