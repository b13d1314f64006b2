"""The signatures that ``egov-bus sign`` makes."""

from __future__ import annotations

import asyncio
from datetime import datetime

from shared.client.certification import CertificationClient
from shared.client.keystore import KeyEntry
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import cades
from shared.pki.cms import signed_data as signed_data
from shared.pki.xml import xmldsig


def sign_cms(content: bytes, entry: KeyEntry, at: datetime, *, is_detached: bool) -> bytes:
    """The CAdES-BES signature as DER, with the chain inside."""
    key, certificate = entry.key, entry.certificate
    return signed_data.sign(content, key, certificate, chain=entry.chain, at=at, detached=is_detached)


def sign_xml(document: bytes, entry: KeyEntry) -> bytes:
    """The document with an enveloped signature; the Malformed xml-… errors of `xmldsig.sign_enveloped`."""
    return xmldsig.sign_enveloped(document, entry.key, entry.certificate)


async def add_timestamp(signed_cms: bytes, nuc_url: str, at: datetime) -> bytes:
    """The CMS with a proved time-stamp of this НУЦ; Unavailable tsa-silent, tsa-refused."""
    async with CertificationClient(nuc_url) as counter:
        centre = CertificationCentre(nuc_url, await counter.fetch_anchors())
    try:
        timestamp = await asyncio.to_thread(centre.request_time_stamp, cades.signature_value(signed_cms), at)
    finally:
        centre.close()
    return cades.extend_cms(signed_cms, token=timestamp.token)
