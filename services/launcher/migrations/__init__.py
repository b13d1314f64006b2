"""The migrations of every system's tables, from the first version that knows its number.

A change of tables brings a new file ``rNNNN_what_it_does.py``; it names tables, never models, because models
change later.
"""

from pathlib import Path

from shared.bus.persistence.schema.history import SchemaHistory

HISTORY = SchemaHistory(Path(__file__).parent)
