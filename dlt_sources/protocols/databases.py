"""The one way to a database: one connection, one snapshot, one statement at a time, and errors in a sentence."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from dlt.sources.sql_database.helpers import TableLoader, default_engine_adapter_callback
from dlt.sources.sql_database.schema_types import default_table_adapter
from sqlalchemy import exc

from dlt_sources.errors import ConfigurationError, ContractBreach, SourceError, SourceRefused, SourceUnavailable
from dlt_sources.protocols.pace import Pacer
from dlt_sources.protocols.reader import Assignment, Page
from dlt_sources.protocols.redaction import Redactor

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_SECONDS = 10
# As many rows as the factory hands on together; the server's cursor brings no more than these at a time.
CHUNK_ROWS = 5000
# A load is one transaction that sees one state of the database, where the engine offers it without being set up for it.
_SNAPSHOT_LEVELS = {
    "postgresql": "REPEATABLE READ",
    "mysql": "REPEATABLE READ",
    "mariadb": "REPEATABLE READ",
    "oracle": "SERIALIZABLE",
}
# What drivers say, for those that give no SQLSTATE (and before a session exists, none does).
_LOGIN_REFUSED = re.compile(
    r"authentication failed|no password supplied|login failed|access denied for user|logon denied|ORA-01017"
    r"|role .* (does not exist|is not permitted to log in)",
    re.IGNORECASE,
)
_NO_DATABASE = re.compile(r"database .* does not exist|unknown database|cannot open database", re.IGNORECASE)
_DENIED = re.compile(r"permission denied|insufficient privilege|command denied|permission was denied", re.IGNORECASE)
_TOO_LONG = re.compile(r"statement timeout|query timeout|call timeout|execution time exceeded", re.IGNORECASE)
_LOST = re.compile(
    r"server closed the connection|terminating connection|connection (already closed|reset|was lost|not open)"
    r"|lost connection|broken pipe|SSL SYSCALL|not connected",
    re.IGNORECASE,
)


class Database:
    """One instance's database while a load lasts: nothing is connected before the first table is asked for.

    The budget means here: one connection, so many statements a second and a day, and a limit of time for each.
    """

    def __init__(self, assignment: Assignment, schema: str = "") -> None:
        if assignment.budget is None:
            raise ConfigurationError(
                f"system '{assignment.system.name}' is asked: give its system.yaml a request_budget"
            )
        self.pacer = Pacer(assignment.budget, assignment.clock, assignment.requests_before)
        self._assignment = assignment
        self._schema = schema or None
        self._redact = Redactor(secret.get_secret_value() for secret in assignment.secrets.values())
        self._engine = self._make_engine()
        self._metadata = sa.MetaData(schema=self._schema)
        default_engine_adapter_callback(self._engine, self._metadata)  # numbers of Oracle are decimals
        self._connection: sa.Connection | None = None
        self._tables: dict[str, sa.Table] = {}

    @property
    def keeps_decimals(self) -> bool:
        """Whether a column declared as decimal holds decimals: SQLite keeps binary numbers there."""
        return self._engine.dialect.name != "sqlite"

    def table(self, resource: str, name: str) -> sa.Table:
        """Return the table as the database declares it; raise ContractBreach when there is none of that name."""
        if name not in self._tables:
            connection = self._connected(resource)
            try:
                table = self._reflected(connection, name)
            except exc.SQLAlchemyError as error:
                raise self._explained(resource, f"table {name}", error) from None
            if table is None:
                raise self._no_table(resource, connection, name)
            default_table_adapter(table, None)
            self._tables[name] = table
        return self._tables[name]

    def subquery(self, resource: str, text: str) -> sa.FromClause:
        """Return a query of the company file as something to select from; raise SourceRefused when it does not run."""
        connection = self._connected(resource)
        text = text.replace(":", r"\:")  # a colon in it is one, and no parameter
        try:
            empty = connection.execute(sa.text(f"select * from ({text}) probe where 1 = 0"))
            names = list(empty.keys())
            empty.close()
        except exc.SQLAlchemyError as error:
            raise self._explained(resource, "the query of the company file", error) from None
        return sa.text(text).columns(*map(sa.column, names)).subquery("asked")

    def rows(self, resource: str, what: str, query: sa.Select) -> Iterator[Page]:
        """Yield the query's rows, some thousand at a time; `what` is how messages call what is read."""
        connection = self._connected(resource)
        if self.pacer.is_exhausted():
            raise self.error(
                SourceRefused,
                resource,
                f"the budget of {self.pacer.budget.requests_per_day} statements is used up",
                "wait for the next day, or raise requests_per_day in system.yaml with the owner's consent",
            )
        try:
            with self.pacer.turn():
                yield from _SnapshotLoader(connection, query).load_rows()
        except exc.SQLAlchemyError as error:
            raise self._explained(resource, what, error) from None

    def close(self) -> None:
        """End the transaction and the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()

    def error(self, kind: type[SourceError], resource: str | None, message: str, next_step: str | None) -> SourceError:
        """Return an error about this instance, its text free of secrets."""
        assignment = self._assignment
        return kind(
            self._redact(message),
            system=assignment.system.name,
            instance=assignment.instance,
            resource=resource,
            next_step=next_step,
        )

    def _make_engine(self) -> sa.Engine:
        at = f"instance '{self._assignment.instance}': base_url"
        try:
            url = sa.make_url(self._assignment.base_url)
            engine = sa.create_engine(
                self._address(url),
                poolclass=sa.NullPool,  # one connection, and none is kept open after the load
                hide_parameters=True,
                connect_args=_connect_arguments(url),
            )
        except (exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigurationError(
                f"{at} needs a driver that is not installed ({error}): install it beside the platform"
            ) from error
        except exc.ArgumentError:
            raise ConfigurationError(
                f"{at} must be a database address such as postgresql://host:5432/database, but it is "
                f"'{self._assignment.base_url}': set it in the company file"
            ) from None
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _begin_yourself)
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin"))
        return engine

    def _address(self, url: sa.URL) -> sa.URL:
        """Return the address with user and password, or of a file that is only read."""
        if url.get_backend_name() == "sqlite":
            path = Path(self._assignment.folder, url.database or "").absolute()
            return url.set(database=f"file:{quote(str(path))}").update_query_dict({"mode": "ro", "uri": "true"})
        secrets = {name: secret.get_secret_value() for name, secret in self._assignment.secrets.items()}
        return url.set(username=secrets.get("user"), password=secrets.get("password"))

    def _connected(self, resource: str) -> sa.Connection:
        attempt = 0
        while self._connection is None:
            attempt += 1
            try:
                self._connection = self._begun(self._engine.connect())
            except exc.SQLAlchemyError as error:
                fault = self._not_connected(resource, error)
            else:
                break
            # Raised out here, so that the error's context holds no address and so no secret.
            if not isinstance(fault, SourceUnavailable) or attempt >= self._assignment.retry.attempts:
                raise fault
            wait = self._assignment.retry.wait(attempt)
            log.warning("%s: %s; again in %.1f s", self._assignment.instance, fault.message, wait)
            self._assignment.clock.sleep(wait)
        return self._connection

    def _begun(self, connection: sa.Connection) -> sa.Connection:
        """Return the connection in a transaction that reads and never writes, each statement with its limit of time."""
        name = self._engine.dialect.name
        if name in _SNAPSHOT_LEVELS:
            connection = connection.execution_options(isolation_level=_SNAPSHOT_LEVELS[name])
        if name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
            milliseconds = int(self.pacer.budget.timeout_seconds * 1000)
            connection.exec_driver_sql(f"set local statement_timeout = {milliseconds}")
        return connection

    def _reflected(self, connection: sa.Connection, name: str) -> sa.Table | None:
        """Return the table of this name, in whatever case the database writes it; None when there is none."""
        inspector = sa.inspect(connection)
        if not inspector.has_table(name, self._schema):
            alike = [each for each in self._names(inspector) if each.casefold() == name.casefold()]
            if len(alike) != 1:
                return None
            (name,) = alike
        return sa.Table(name, self._metadata, autoload_with=connection, resolve_fks=False)

    def _names(self, inspector: sa.Inspector) -> list[str]:
        return [*inspector.get_table_names(self._schema), *inspector.get_view_names(self._schema)]

    def _no_table(self, resource: str, connection: sa.Connection, name: str) -> SourceError:
        where = f"schema '{self._schema}'" if self._schema else "the default schema"
        names = sorted(self._names(sa.inspect(connection)))
        # A database may have tens of thousands of tables: no list, only what is nearly the name.
        close = get_close_matches(name, names, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        return self.error(
            ContractBreach,
            resource,
            f"there is no table {name} in {where}{hint}",
            "correct the table's name or the option `schema`, or give the technical user the right to see it",
        )

    def _not_connected(self, resource: str, error: exc.SQLAlchemyError) -> SourceError:
        """Return why there is no connection; only what another attempt may cure is a SourceUnavailable."""
        reason = _reason(error)
        url = self._engine.url
        if _LOGIN_REFUSED.search(reason):
            return self.error(SourceRefused, resource, f"the database refused the login ({reason})", None)
        if _NO_DATABASE.search(reason):
            next_step = "correct base_url in the company file, or create the database"
            return self.error(SourceRefused, resource, f"the database is not there ({reason})", next_step)
        if url.get_backend_name() == "sqlite":
            path = Path(self._assignment.folder, sa.make_url(self._assignment.base_url).database or "").absolute()
            next_step = "put the file there, or correct `folder` and base_url in the company file"
            return self.error(SourceUnavailable, resource, f"the file '{path}' cannot be opened ({reason})", next_step)
        place = f"{url.host or 'the local server'}" + (f":{url.port}" if url.port else "")
        return self.error(SourceUnavailable, resource, f"the database at {place} cannot be reached ({reason})", None)

    def _explained(self, resource: str, what: str, error: exc.SQLAlchemyError) -> SourceError:
        """Return what went wrong with a statement, and what to do about it."""
        reason = _reason(error)
        state = getattr(getattr(error, "orig", None), "pgcode", None) or ""
        if state == "42501" or _DENIED.search(reason):
            next_step = f"give the technical user the right to select from {what}, then run again"
            return self.error(SourceRefused, resource, f"the technical user may not read {what}", next_step)
        if state == "57014" or _TOO_LONG.search(reason):
            limit = f"{self.pacer.budget.timeout_seconds:g} s"
            next_step = "read at a quieter hour, index the cursor's column, or raise timeout_seconds"
            return self.error(SourceUnavailable, resource, f"reading {what} took longer than {limit}", next_step)
        if getattr(error, "connection_invalidated", False) or _LOST.search(reason):
            return self.error(SourceUnavailable, resource, f"the connection was lost while reading {what}", None)
        if isinstance(error, exc.OperationalError) and "no such " not in reason:
            return self.error(SourceUnavailable, resource, f"{what} cannot be read ({reason})", None)
        next_step = "compare the database with the company file and system.yaml, then correct what differs"
        return self.error(SourceRefused, resource, f"{what} cannot be read ({reason})", next_step)


class _SnapshotLoader(TableLoader):
    """dlt's loader of tables, on the connection of the load instead of one for each table."""

    def __init__(self, connection: sa.Connection, query: sa.Select) -> None:
        super().__init__(connection.engine, "sqlalchemy", query.subquery(), {}, chunk_size=CHUNK_ROWS)
        self._connection, self._query = connection, query

    def make_query(self) -> sa.Select:
        return self._query

    def _load_rows(self, query: sa.Select, backend_kwargs: dict[str, Any]) -> Iterator[Page]:
        # yield_per: a cursor of the server, so that the client never holds a whole table.
        result = self._connection.execute(query, execution_options={"yield_per": self.chunk_size})
        try:
            yield from self._convert_result(result, backend_kwargs)
        finally:
            result.close()


def _connect_arguments(url: sa.URL) -> dict[str, Any]:
    known = url.get_backend_name() in ("postgresql", "mysql", "mariadb")
    return {"connect_timeout": CONNECT_TIMEOUT_SECONDS} if known else {}


def _begin_yourself(connection: Any, _: Any) -> None:
    """SQLite's driver begins no transaction for a query: without one every table would be of another moment."""
    connection.isolation_level = None


def _reason(error: exc.SQLAlchemyError) -> str:
    """Return what the driver says, in one line without the statement and its values."""
    told = str(getattr(error, "orig", None) or error).strip()
    return " ".join(told.splitlines()[:1]) or type(error).__name__
