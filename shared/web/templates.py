"""Pages from Jinja2 templates: those of a system beside its code, the common layout beside this module.

Texts are escaped, an undefined name is an error, and invisible characters are shown as U+FFFD.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

SHARED_TEMPLATES = Path(__file__).parent / "templates"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
"""Control characters, marks that change the text direction, and lone surrogates."""


@cache
def open_templates(folder: Path) -> Environment:
    """The templates of ``folder`` and the shared ones, loaded once, for the first page.

    Jinja2 is imported here, so that no command and no start waits for the import.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader([folder, SHARED_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_make_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def render_template(folder: Path, name: str, **values: Any) -> str:
    """The text of the template ``name`` of ``folder``; ``jinja2.UndefinedError`` for a missing value."""
    return open_templates(folder).get_template(name).render(values)


def _make_visible(value: Any) -> Any:
    """A value for a template: invisible characters become U+FFFD; None is an error."""
    if value is None:
        raise ValueError("a template was given nothing to write: say what stands there instead")
    # str only: the output of a macro was already made visible when the macro wrote it
    return UNSEEN.sub(REPLACEMENT, value) if type(value) is str else value


def mark_safe(text: str) -> Any:
    """A text that a template writes unescaped: our own style sheet, never a text from outside."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - only for files of this package
