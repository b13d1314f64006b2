"""What a person names who wants to see a diagram: a channel and a variant, or neither."""

from __future__ import annotations

from typing import cast

from shared.regulations.model import Channel, Passport
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.graph import ProcessGraph


def chosen_graph(passport: Passport, channel: str | None = None, variant: str | None = None) -> ProcessGraph:
    """The graph of a channel and variant, else of the first that the act opens.

    NotFound ``channel-not-found``, ``variant-not-found``: also for words that no act knows.
    """
    selected_channel = cast("Channel", channel or passport.channels.accept[0])  # the compiler refuses what is none
    return compile_graph(passport, selected_channel, variant or passport.variants[0])
