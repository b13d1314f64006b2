"""The common parts of every page: its language, its headers, the layout and the addresses of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import URL

from shared.bus.http.endpoints import Language
from shared.bus.http.languages import LANGUAGES
from shared.texts.language_parts import mark_language_parts
from shared.web.page_sessions import remembered_language
from shared.web.static_files import HTMX, HTMX_SSE, SHARED_STATIC, StaticFolder
from shared.web.templates import render_template

LanguageParameter = Annotated[
    Literal["ru", "kk", "en"] | None, Query(description="the language, in place of the browser's")
]


async def choose_language(request: Request, tag: Language, lang: LanguageParameter = None) -> str:
    """The language of ``?lang=``, else that of the reader's last choice, else that of the browser."""
    return lang or remembered_language(request) or tag


ChosenLanguage = Annotated[str, Depends(choose_language)]


def page_headers(
    *,
    has_script: bool = False,
    draws_inline_images: bool = False,
    calls: Sequence[str] = (),
    **other_headers: str,
) -> dict[str, str]:
    """The headers of a page: it may load files of its own system only, may not run inline styles or scripts,
    cannot be framed and tells its address to no other site.

    ``has_script`` allows the system's scripts, ``draws_inline_images`` allows ``data:`` images, which the style
    sheets of libraries carry, ``calls`` adds origins that its scripts may call (NCALayer's socket).
    ``Cache_Control`` is Cache-Control.
    """
    policy = (
        "default-src 'self'",
        "script-src 'self'" if has_script else "script-src 'none'",
        *(("img-src 'self' data:",) if draws_inline_images else ()),
        *((f"connect-src 'self' {' '.join(calls)}",) if calls else ()),
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        **{name.replace("_", "-"): value for name, value in other_headers.items()},
    }


def path_to_root(path: str) -> str:
    """The relative address of a system's root from the page at ``path``: ``../`` for each folder. A proxy may
    serve the system below a path that only the proxy knows.
    """
    return "../" * (path.count("/") - 1)


@dataclass(frozen=True)
class PageFolder:
    """The pages of one subject: ``templates`` beside the code, their texts, their own style sheets and scripts."""

    templates: Path
    words: Mapping[str, Mapping[str, str]]
    """The texts by code and language."""
    headers: Mapping[str, str]
    """The headers of every answer; see `page_headers`."""
    static: StaticFolder = SHARED_STATIC

    def render_text(self, name: str, tag: str, path: str, **values: Any) -> str:
        """The page at ``path`` as HTML, in the language ``tag``; parts that their letters tell to be in another
        language say which: see `mark_language_parts`.

        Besides ``values`` a template has ``tag``, ``languages``, ``root`` (see `path_to_root`), ``query`` (the
        encoded rest of its address for links to other languages, empty by default), ``say(code)`` for its texts,
        ``shared_file(name)`` and ``own_file(name)`` for addresses of files, and ``htmx_file`` and
        ``htmx_sse_file``.
        """
        root = path_to_root(path)
        standard: dict[str, Any] = {
            "tag": tag,
            "languages": LANGUAGES,
            "root": root,
            "query": "",
            "say": lambda code: self.words[code][tag],
            "shared_file": lambda file: root + SHARED_STATIC.address(file),
            "own_file": lambda file: root + self.static.address(file),
            "htmx_file": root + HTMX.address("htmx.min.js"),
            "htmx_sse_file": root + HTMX_SSE.address("sse.min.js"),
        }
        return mark_language_parts(render_template(self.templates, name, **standard | values), tag)

    def respond(
        self,
        name: str,
        tag: str,
        url: URL,
        *,
        status: int = 200,
        extra_headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """The page as the response to a request for ``url``."""
        text = self.render_text(name, tag, url.path, **values)
        return HTMLResponse(text, status_code=status, headers={**self.headers, **(extra_headers or {})})
