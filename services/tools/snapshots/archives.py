"""Snapshots as files that can be carried elsewhere: a gzipped tar of one folder."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from services.launcher.data_folder.snapshot_files import FOLDER, MANIFEST, read_manifest, snapshot_folder
from shared.bus.errors import Conflict, Malformed, NotFound


def export_snapshot(data_dir: Path, name: str, file: Path) -> None:
    """Write a snapshot into a new file that only its owner may read: it holds keys.

    NotFound ``snapshot-unknown``, Conflict ``snapshot-exists`` where the file is there.
    """
    read_manifest(data_dir, name)
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise Conflict("snapshot-exists", f"{file} is there already", name=str(file)) from None
    with tarfile.open(file, "w:gz") as archive:
        archive.add(snapshot_folder(data_dir, name), arcname=".")


def import_snapshot(data_dir: Path, name: str, file: Path) -> None:
    """Take a snapshot from a file. Malformed ``snapshot-broken`` for another file or one with paths that lead
    elsewhere; NotFound ``file-unreadable``, Conflict ``snapshot-exists``.
    """
    folder = snapshot_folder(data_dir, name)
    if folder.exists():
        raise Conflict("snapshot-exists", "a snapshot with this name is there", name=name)
    fresh = data_dir / FOLDER / f".{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(fresh, filter="data")
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error}", path=str(file)) from None
    except (tarfile.TarError, EOFError, ValueError):
        shutil.rmtree(fresh, ignore_errors=True)
        raise Malformed("snapshot-broken", f"{file} is no snapshot", name=name) from None
    if not (fresh / MANIFEST).is_file():
        shutil.rmtree(fresh, ignore_errors=True)
        raise Malformed("snapshot-broken", f"{file} has no manifest", name=name)
    fresh.rename(folder)
