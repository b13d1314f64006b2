"""Pages from Jinja2 templates: those of a system beside its code, the layout that all share beside this module.

Texts are escaped, a name that nobody gave is an error, and characters that no reader can see are shown as U+FFFD.
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
"""Control characters, marks that turn the direction of the text around them, and halves of characters."""


@cache
def open_templates(folder: Path) -> Environment:
    """The templates of ``folder``, with the shared ones behind them: made once, when a page is first asked for.

    Jinja2 is imported here and not above: no command and no start of a system waits for it.
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
    """The text of the template ``name`` of ``folder``; ``jinja2.UndefinedError`` when a value is missing."""
    return open_templates(folder).get_template(name).render(values)


def _make_visible(value: Any) -> Any:
    """What a template writes: an unseen character of a text becomes U+FFFD; nothing at all is an error."""
    if value is None:
        raise ValueError("a template was given nothing to write: say what stands there instead")
    # a str and nothing derived from it: what a macro made was made visible when the macro wrote it
    return UNSEEN.sub(REPLACEMENT, value) if type(value) is str else value


def mark_safe(text: str) -> Any:
    """A text that a template writes as it is: our own style sheet, never what somebody sent."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - only for files of this package
