"""The wiring of the temporary storage of files."""

from __future__ import annotations

from services.temp_files import api, handlers, storage
from services.temp_files.settings import TempFilesSettings
from services.temp_files.texts import TEXTS
from shared.bus.service import ServiceDefinition
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary

service = ServiceDefinition(
    name="temp_files",
    settings=TempFilesSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    accepts=lambda neighbour: neighbour == addresses.GATEWAY,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    read_glossary=read_glossary,
    background_jobs=(handlers.end_files,),
)
