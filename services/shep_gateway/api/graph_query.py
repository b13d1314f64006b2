"""Which process of a regulation is asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

ChannelQuery = Annotated[
    str | None,
    Query(max_length=40, description="provider, con, portal or akim; else the first that the act opens"),
]
VariantQuery = Annotated[str | None, Query(max_length=80, description="else the first variant")]
