"""The signatures that ``egov-bus sign`` makes."""

from __future__ import annotations

import asyncio
from datetime import datetime

from shared.client.counter import Counter
from shared.client.keystore import KeyEntry
from shared.pki.client.nuc import Centre
from shared.pki.cms import cades
from shared.pki.cms import signed_data as signed_data
from shared.pki.xml import xmldsig


def cms(content: bytes, entry: KeyEntry, at: datetime, *, is_detached: bool) -> bytes:
    """CAdES-BES, DER, with the chain inside."""
    key, certificate = entry.key, entry.certificate
    return signed_data.sign(content, key, certificate, chain=entry.chain, at=at, detached=is_detached)


def xml(document: bytes, entry: KeyEntry) -> bytes:
    """The document with an enveloped signature; Malformed xml-… when it is none."""
    return xmldsig.sign_enveloped(document, entry.key, entry.certificate)


async def stamped(made: bytes, nuc_url: str, at: datetime) -> bytes:
    """The CMS with a time-stamp of this НУЦ, proved; Unavailable tsa-silent, tsa-refused."""
    async with Counter(nuc_url) as counter:
        centre = Centre(nuc_url, await counter.anchors())
    try:
        found = await asyncio.to_thread(centre.stamp, cades.signature(made), at)
    finally:
        centre.close()
    return cades.extended(made, token=found.token)
