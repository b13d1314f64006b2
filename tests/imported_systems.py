"""What the systems of a deployment over servers import, for the process from which they are forked."""

from __future__ import annotations

import importlib

from services.catalog import INSTANCES
from services.launcher.gc_tuning import freeze_survivors, relax_thresholds

relax_thresholds()
for _module in ("services.cli", "services.launcher.country", "shared.bus.carriers.amqp", "psycopg", "uvloop"):
    importlib.import_module(_module)
for _name in sorted({instance.service for instance in INSTANCES}):
    importlib.import_module(f"services.{_name}.app")
freeze_survivors()
