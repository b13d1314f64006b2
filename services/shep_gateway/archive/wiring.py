"""The wiring of the archive: its folder, and the jobs that stamp the journal and let old entries leave."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.archive.archiving import archive_journal
from services.shep_gateway.proof.head_stamps import stamp_heads
from shared.bus.service import WiringContext

BACKGROUND_JOBS = (stamp_heads, archive_journal)


def make_resources(context: WiringContext) -> Iterable[object]:
    """The archive in the instance's folder, or where the settings have it."""
    settings = context.settings
    return (JournalArchive(settings.archive_dir or context.home / "archive", settings.journal_days),)
