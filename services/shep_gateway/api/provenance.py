"""Where each behaviour of the doors comes from, as ``shared/contracts/published/provenance.yaml`` says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared import contracts
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.requests.call_limits import ManyCalls

router = APIRouter(prefix="/api/v1", tags=["catalogue"])

_FILE = Path(contracts.__file__).parent / "published" / "provenance.yaml"

Sentence = Annotated[str, Field(min_length=1, max_length=200)]
Certainty = Literal["official", "several-clients", "one-client", "ours"]
"""``official``: an artefact of the state or of a product's makers; ``ours``: nothing public shows it."""


class BehaviourProvenance(BaseModel):
    """A behaviour of a door, the kind of source that shows it, and how sure the source is."""

    id: Annotated[str, Field(max_length=100)]
    text: Sentence
    source: Sentence
    certainty: Certainty


@router.get("/provenance", dependencies=[ManyCalls])
async def list_provenance(
    runtime: ServiceRuntime,
) -> Annotated[list[BehaviourProvenance], at_most(400, "the behaviours of the doors")]:
    """What is known of the real gateway and what is our decision, for every behaviour of the doors."""
    return list(await runtime.compute(read_provenance))


@cache
def read_provenance() -> tuple[BehaviourProvenance, ...]:
    """The behaviours in the order of the file."""
    import yaml  # asked for once, long after the start

    behaviours = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["behaviours"]
    return tuple(BehaviourProvenance(id=name, **fields) for name, fields in behaviours.items())
