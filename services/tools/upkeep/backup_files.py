"""The file of a backup: a tar of folders, with a manifest that tells what it is and the digest of every file."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shared.bus.errors import Conflict, Malformed, NotFound

MANIFEST = "backup.json"


@dataclass(frozen=True)
class BackupManifest:
    """What a backup holds: by which program, of which version of the tables, when by the machine."""

    version: str
    schema: str
    database: str
    """``sqlite`` or ``postgresql``."""
    made_at: str
    systems: tuple[str, ...]
    messages: int
    """The messages that were under way at the broker."""
    digests: dict[str, str]
    """SHA-256 of each file, by its path."""


def pack(folder: Path, file: Path, manifest: BackupManifest) -> None:
    """Write a folder and its manifest into a new file that only its owner may read.

    Conflict ``backup-exists``; a file that could not be completed is removed.
    """
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise Conflict("backup-exists", f"{file} is there already", path=str(file)) from None
    try:
        with tarfile.open(file, "w:gz", compresslevel=1) as archive:
            archive.add(folder, arcname=".")
    except BaseException:
        file.unlink()
        raise


@contextmanager
def unpack(file: Path, place: Path) -> Iterator[tuple[Path, BackupManifest]]:
    """The files of a backup in a folder that is removed at the end of the block, and its manifest.

    NotFound ``file-unreadable``; Malformed ``backup-broken`` for another file, and for one that lacks or has
    changed anything.
    """
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place, prefix=".restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(file, "r:gz") as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise Malformed("backup-broken", f"{file}: {error}", path=str(file)) from None
        except OSError as error:
            if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
                raise NotFound("file-unreadable", f"{file}: {error.strerror}", path=str(file)) from None
            raise Malformed("backup-broken", f"{file}: {error}", path=str(file)) from None
        manifest = _read_manifest(folder, file)
        if find_digests(folder) != manifest.digests:
            raise Malformed("backup-broken", f"{file}: files are missing or changed", path=str(file))
        yield folder, manifest


def _read_manifest(folder: Path, file: Path) -> BackupManifest:
    try:
        facts: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return BackupManifest(**{**facts, "systems": tuple(facts["systems"])})
    except (OSError, ValueError, KeyError, TypeError):
        raise Malformed("backup-broken", f"{file} has no manifest", path=str(file)) from None


def find_digests(folder: Path) -> dict[str, str]:
    """The digest of every file but the manifest, by its path in the folder."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() != MANIFEST:
            with path.open("rb") as content:
                digests[path.relative_to(folder).as_posix()] = file_digest(content, "sha256").hexdigest()
    return digests
