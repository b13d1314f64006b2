"""The graph to draw for a requested channel and variant, both optional."""

from __future__ import annotations

from typing import cast

from shared.regulations.model import Channel, Passport
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.graph import ProcessGraph


def chosen_graph(passport: Passport, channel: str | None = None, variant: str | None = None) -> ProcessGraph:
    """The graph of ``channel`` and ``variant``; without them, of the first channel and variant of the passport.

    Raises NotFound ``channel-not-found`` or ``variant-not-found``, also for words that are not a channel at all.
    """
    # compile_graph refuses an unknown word
    selected_channel = cast("Channel", channel or passport.channels.accept[0])
    return compile_graph(passport, selected_channel, variant or passport.variants[0])
