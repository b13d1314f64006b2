"""Style sheets and scripts under addresses that change with their content, so that a browser may keep them."""

from __future__ import annotations

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

YEAR_SECONDS = 31_536_000
KEPT = f"public, max-age={YEAR_SECONDS}, immutable"
ASKED_AGAIN = "no-cache"


class StaticFolder(StaticFiles):
    """The files of one folder, served below ``/static/{name}/{version}/``.

    The version is the first 16 hexadecimal digits of the SHA-256 of all names and contents. An address with
    another version leads to the present file, without permission to cache it.
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.name = name
        self.folder = folder

    @property
    def mount_path(self) -> str:
        """The path at which an app mounts the folder."""
        return f"/static/{self.name}"

    @cached_property
    def version(self) -> str:
        """The version of the folder's content; computed once, when a page first names a file."""
        digest = sha256()
        for path in sorted(path for path in self.folder.iterdir() if path.is_file()):
            digest.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def address(self, file: str) -> str:
        """The address of a file, from the root of the system."""
        return f"static/{self.name}/{self.version}/{file}"

    def get_path(self, scope: Scope) -> str:
        """The path of the file in the folder: what follows the version."""
        return os.path.join("", *super().get_path(scope).split(os.sep)[1:])

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        is_present = super().get_path(scope).split(os.sep)[0] == self.version
        response.headers["Cache-Control"] = KEPT if is_present else ASKED_AGAIN
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


SHARED_STATIC = StaticFolder("web", Path(__file__).parent / "static")
"""The design of every page of every system."""
HTMX = StaticFolder("htmx", Path(__file__).parent / "htmx")
HTMX_SSE = StaticFolder("htmx-sse", Path(__file__).parent / "htmx_sse")
"""The scripts that replace parts of a page; see ``vendored.json`` of each folder."""
PAGE_FOLDERS = (SHARED_STATIC, HTMX, HTMX_SSE)
"""What every system serves for its pages."""
