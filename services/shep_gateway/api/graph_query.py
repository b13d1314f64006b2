"""The query parameters that choose a process of a regulation."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from shared.regulations.bpmn import DiagramLanguage

ChannelQuery = Annotated[
    str | None,
    Query(max_length=40, description="provider, con, portal or akim; by default the first one of the act"),
]
VariantQuery = Annotated[str | None, Query(max_length=80, description="by default the first one of the act")]
DiagramLanguageQuery = Annotated[
    DiagramLanguage,
    Query(alias="lang", description="the language of the words: ru, as the acts are; kk or en, our translations"),
]
