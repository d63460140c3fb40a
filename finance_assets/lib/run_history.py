"""Dagster's run history in SQLite files, written without a wait for the disk at every event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

# A file per run and one over all runs; a web server that shows old runs must not keep them all open.
FILES_KEPT_OPEN = 8


class RunHistory(SqliteEventLogStorage):
    """Dagster's own storage, but for how it connects.

    The original opens a connection for every event and has every commit reach the disk: a night has some thousand
    events, which made a quarter of its time. Here a file is opened once, and write-ahead logging without a flush per
    commit keeps it whole whatever happens; losing power can cost the last events of the run that it ended. And it asks
    for every event whether its tables are those of this version; here it asks once.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self._engines: dict[str, Engine] = {}
        self._columns_seen: set[str] = set()
        super().__init__(*arguments, **settings)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> RunHistory:
        """Return the storage that dagster.yaml describes (the original would return its own class)."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.pop(shard, None) or self._open(shard)
            self._engines[shard] = engine
            if len(self._engines) > FILES_KEPT_OPEN:
                self._engines.pop(next(iter(self._engines))).dispose()
            with engine.connect() as connection, connection.begin():
                yield connection

    @cached_property
    def supports_asset_checks(self) -> bool:
        """Whether the files have a table for checks."""
        return super().supports_asset_checks

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns_seen and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns_seen.add(column_name)
        return column_name in self._columns_seen

    def _open(self, shard: str) -> Engine:
        address = self.conn_string_for_shard(shard)
        engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _do_not_wait_for_the_disk)
        self._initdb(engine)
        self._initialized_dbs.add(shard)
        return engine

    def dispose(self) -> None:
        """Close the files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _do_not_wait_for_the_disk(connection: Any, _: Any) -> None:
    connection.execute("pragma synchronous = normal")
