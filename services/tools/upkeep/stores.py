"""The data of each system of an installation: its folder, its database, its queue at the broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from services.catalog import INSTANCES, ServiceInstance
from services.launcher.data_folder.folder_lock import FolderLock
from services.launcher.settings import settings_for
from shared.bus.errors import Conflict
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.soundness import count_other_sessions
from shared.bus.persistence.tables import bus_tables
from shared.bus.settings import Settings


@dataclass(frozen=True)
class SystemStore:
    """The data of one system."""

    instance: ServiceInstance
    settings: Settings

    @property
    def name(self) -> str:
        """The name of the instance."""
        return self.instance.name

    @property
    def home(self) -> Path:
        """The system's folder, with its keys and its SQLite file."""
        return self.settings.data_dir / self.name

    @property
    def url(self) -> URL:
        """The URL of the system's database."""
        settings = self.settings
        return database_url(settings.database_url, settings.data_dir, self.name, settings.servers_ca)

    @property
    def is_on_server(self) -> bool:
        """Whether the database is at a server of PostgreSQL."""
        return self.settings.database_url is not None

    def open_database(self) -> Database:
        """The database with the models of the system's tables; the caller disposes of it."""
        tables = self.instance.load_service().tables
        bus_tables(tables)
        return Database(self.url, tables)


def list_stores(
    environment: Mapping[str, str], names: Iterable[str] = (), *, has_data: bool = True
) -> list[SystemStore]:
    """The stores of these systems (all, if none is named); with ``has_data`` those whose folder is there."""
    wanted = set(names)
    stores = [
        SystemStore(instance, settings_for(instance, environment, is_alone=False))
        for instance in INSTANCES
        if not wanted or instance.name in wanted
    ]
    return [store for store in stores if store.home.is_dir() or not has_data]


@contextmanager
def hold_stopped(stores: Iterable[SystemStore]) -> Iterator[None]:
    """Keep the systems from starting: Conflict ``folder-in-use`` for one that runs over SQLite, and
    ``database-in-use`` for one that is connected to PostgreSQL.
    """
    with ExitStack() as stack:
        for store in stores:
            if store.is_on_server:
                _check_unused(store)
            else:
                stack.callback(FolderLock.take(store.home).release)
        yield


def _check_unused(store: SystemStore) -> None:
    database = store.open_database()
    try:
        others = count_other_sessions(database)
    finally:
        database.dispose()
    if others:
        raise Conflict("database-in-use", f"{store.name} runs: {others} connections", system=store.name)
