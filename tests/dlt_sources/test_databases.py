"""What holds for every source holds for those that are databases: SAP ECC and a relational ledger, in SQLite and on a
real PostgreSQL.

Of the suite for systems over HTTP (test_conformance.py) these have no counterpart here: a token that expires and a
login page with status 200 (a connection logs in once), throttling with 429 and malformed JSON (no answers of that
kind), pages without end (a cursor of the server ends), a fault that passes in mid-load (what was read before it is of
another moment: the load ends). The request budget is one connection, paced statements and a limit of time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from dlt_sources.build import build_source, source_cursors
from dlt_sources.errors import ConfigurationError, ContractBreach, SourceRefused, SourceUnavailable
from dlt_sources.protocols import databases
from dlt_sources.protocols.pace import Clock
from dlt_sources.registry import load_systems
from dlt_sources.sandbox.company import World, build_world
from dlt_sources.sandbox.drops import drop_files
from dlt_sources.sandbox.drops.databases import fill
from dlt_sources.settings import Instance
from tests.dlt_sources.databases import SQL_LEDGER, in_minor_units, postgres
from tests.dlt_sources.fakes import FastClock
from tests.dlt_sources.sandbox_instances import Load

NIGHT_ONE, NIGHT_TWO = date(2026, 9, 28), date(2026, 9, 30)
OPTIONS: dict[str, dict[str, Any]] = {"sap_ecc": {"client": "100"}, "sql_ledger": SQL_LEDGER}
# The resource whose loads meet the faults.
LARGE = {"sap_ecc": "document_items", "sql_ledger": "journal_lines"}
LARGE_TABLE = {"sap_ecc": "bseg", "sql_ledger": "gl_entry"}
ENTITY = {"sap_ecc": "3010", "sql_ledger": "2010"}
USER, PASSWORD = "finance_reader", "not-for-any-log-7k2"
LOGIN = {"user": "DB_USER", "password": "DB_PASSWORD"}
SECRETS = {"DB_USER": USER, "DB_PASSWORD": PASSWORD}
every_system = pytest.mark.parametrize("system", sorted(OPTIONS))


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=11, scale=0.05, books={entity: system for system, entity in ENTITY.items()})


@dataclass
class Server:
    """A PostgreSQL server whose databases our technical user may read, and only with its password."""

    url: sa.URL

    def owner(self, database: str = "postgres") -> sa.Engine:
        return sa.create_engine(self.url.set(database=database), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")

    def run(self, statement: str, database: str = "postgres") -> None:
        with self.owner(database).connect() as connection:
            connection.exec_driver_sql(statement)

    def address(self, database: str) -> str:
        """As it stands in a company file: without user and password."""
        return f"postgresql://localhost/{database}?host={self.url.query['host']}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres(USER, PASSWORD) as url:
        yield Server(url)


@dataclass
class Place:
    """A database of a system, filled with one day after the other."""

    system: str
    instance: dict[str, Any]
    show: Callable[[date], None]
    run: Callable[[str], None]

    def load(self, day: date, cursors: dict[str, str] | None = None, **changes: Any) -> Load:
        """One load of it."""
        return load(self.system, day, cursors, **{**self.instance, **changes})


def load(
    system: str,
    day: date,
    cursors: dict[str, str] | None = None,
    *,
    clock: Clock | None = None,
    environ: dict[str, str] | None = None,
    on_page: Callable[[str, int], None] | None = None,
    requests_before: int = 0,
    **settings: Any,
) -> Load:
    """Read a system once, as the factory reads it."""
    card = load_systems()[system]
    connection = {"attempts": 2, **settings.pop("connection", {})}
    instance = Instance.model_validate(
        {"name": f"{system}_demo", "system": system, "connection": connection, **settings}
    )
    source = build_source(
        card,
        instance,
        day,
        "L1",
        cursors or {},
        environ=environ or SECRETS,
        clock=clock or FastClock(),
        on_page=on_page,
        requests_before=requests_before,
    )
    result = Load()
    try:
        for name in instance.resources or list(card.resources):
            tables = source.extraction.tables(card.resources[name])
            result.rows[name] = [row for table in tables if isinstance(table, pa.Table) for row in table.to_pylist()]
    except (SourceUnavailable, SourceRefused, ContractBreach) as error:
        result.error = error
    result.cursors = source_cursors(source)
    return result


@pytest.fixture(scope="module")
def places(world: World, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Place]:
    """A system's database in an engine, on night one; on PostgreSQL with names in lower case, as replicas have them."""

    @cache
    def made(engine: str, system: str) -> Place:
        there = in_file(system, world, tmp_path_factory.mktemp(system)) if engine == "sqlite" else on_server(system)
        there.show(NIGHT_ONE)
        return there

    def on_server(system: str) -> Place:
        server.run(f"create database {system}")
        server.run("create schema erp", system)
        server.run(f"grant usage on schema erp to {USER}", system)
        server.run(f"alter default privileges in schema erp grant select on tables to {USER}", system)

        def show(day: date) -> None:
            with server.owner(system).begin() as connection:
                fill(connection, world.as_of(day, "none").vendor(system), schema="erp", named=str.lower)

        options = {**OPTIONS[system], "schema": "erp"}
        if system == "sql_ledger":
            query = SQL_LEDGER["control_totals"]["query"].replace("gl_entry", "erp.gl_entry")
            query = query.replace("where posted", "where posted::text <> ':posted' and posted")
            options["control_totals"] = {**SQL_LEDGER["control_totals"], "query": query}
        instance = {"base_url": server.address(system), "options": options, "credentials": LOGIN}
        return Place(system, instance, show, lambda statement: server.run(statement, system))

    return made


def in_file(system: str, world: World, folder: Path) -> Place:
    """The system's database as the sandbox puts it into a folder."""
    options = in_minor_units(SQL_LEDGER) if system == "sql_ledger" else OPTIONS[system]
    instance = {"folder": str(folder), "base_url": f"sqlite:///{system}.sqlite", "options": options}
    engine = sa.create_engine(f"sqlite:///{folder}/{system}.sqlite")

    def run(statement: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement.replace("erp.", ""))

    return Place(system, instance, lambda day: drop_files(world.as_of(day, "none"), system, "demo", folder), run)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def place(places, engine: str) -> Callable[[str], Place]:
    """Databases of both engines, one after the other."""
    return lambda system: places(engine, system)


@pytest.fixture(scope="module")
def nights(place) -> Callable[[str], tuple[Load, Load, Load]]:
    """Night one, night two from where it stopped, and a full load of night two."""
    made: dict[str, tuple[Load, Load, Load]] = {}

    def both(system: str) -> tuple[Load, Load, Load]:
        if system not in made:
            there = place(system)
            there.show(NIGHT_ONE)
            first = there.load(NIGHT_ONE)
            there.show(NIGHT_TWO)
            made[system] = first, there.load(NIGHT_TWO, first.cursors), there.load(NIGHT_TWO)
            there.show(NIGHT_ONE)
        for each in made[system]:
            assert each.error is None, each.error
        return made[system]

    return both


def by_key(rows: list[dict], key: list[str]) -> dict[tuple, dict]:
    return {tuple(row[part] for part in key): row for row in rows}


@every_system
def test_every_row_the_database_has_arrives_once_with_every_field(world, nights, system: str) -> None:
    tables = world.as_of(NIGHT_ONE, "none").vendor(system)
    first, _, _ = nights(system)
    for name, resource in load_systems()[system].resources.items():
        rows = first.rows[name]
        assert rows and len(by_key(rows, resource.key)) == len(rows), name
        assert list(rows[0])[: len(resource.fields)] == resource.fields
        table = SQL_LEDGER.get(resource.path[1:-1], {}).get("table") if system == "sql_ledger" else resource.path
        if table and name not in ("item_counts", "ledger_totals", "company_codes"):
            assert len(rows) == tables[table].num_rows, name


@every_system
def test_amounts_arrive_with_all_their_digits(world, nights, system: str) -> None:
    """Whatever keeps them: decimals of PostgreSQL, text or whole minor units in SQLite."""
    snapshot = world.as_of(NIGHT_ONE, "none")
    first, _, _ = nights(system)
    if system == "sap_ecc":
        sent = {(r["BELNR"], r["GJAHR"], r["BUZEI"]): r["DMBTR"] for r in snapshot.vendor(system)["BSEG"].to_pylist()}
        found = {(r["BELNR"], r["GJAHR"], r["BUZEI"]): r["DMBTR"] for r in first.rows["document_items"]}
    else:
        sent = {
            (r["voucher_no"], str(r["fiscal_year"]), str(r["line_no"])): r["debit"]
            for r in snapshot.vendor(system)["gl_entry"].to_pylist()
        }
        found = {
            (r["document_number"], r["fiscal_year"], r["line_number"]): r["debit"] for r in first.rows["journal_lines"]
        }
    assert len(sent) > 1000
    assert {key: Decimal(value) for key, value in found.items()} == sent


@every_system
def test_what_changed_and_what_was_deleted_arrives_on_night_two(nights, system: str) -> None:
    first, second, full = nights(system)
    for name, resource in load_systems()[system].resources.items():
        loads = [second] if resource.mode == "snapshot" else [first, second]
        current = by_key([row for each in loads for row in each.rows[name]], resource.key)
        if name == "journal_lines":
            there = by_key(second.rows["journal_line_keys"], resource.key)
            gone = current.keys() - there.keys()
            assert {current[key]["line_text"] for key in gone} == {"Draft"}
            current = {key: row for key, row in current.items() if key in there}
        assert current == by_key(full.rows[name], resource.key), name


@every_system
def test_the_second_night_reads_less_and_no_cursor_goes_back(nights, system: str) -> None:
    first, second, _ = nights(system)
    incremental = [r.name for r in load_systems()[system].resources.values() if r.mode == "incremental"]
    before, again = (sum(len(each.rows[name]) for name in incremental) for each in (first, second))
    assert 0 < again < before / 4
    assert first.cursors and all(second.cursors[name] >= cursor for name, cursor in first.cursors.items())


def test_a_clearing_posted_back_arrives_and_so_does_one_taken_back(place) -> None:
    """The document that clears was entered today and posted long ago; the item itself bears no date of either."""
    there = place("sap_ecc")
    there.show(NIGHT_ONE)
    first = there.load(NIGHT_ONE)
    items = [row for row in first.rows["document_items"] if row["KOART"] in ("D", "K")]
    cleared = next(row for row in items if row["AUGBL"] and row["AUGDT"] < "20260601")
    still_open = next(row for row in items if not row["AUGBL"])
    newest = max(first.rows["documents"], key=lambda row: row["changed_on"])["BELNR"]
    key = ["BELNR", "GJAHR", "BUZEI"]

    def clear(row: dict, by: str, on: str) -> None:
        where = " and ".join(f"{name} = '{row[name]}'" for name in key)
        there.run(f"update erp.bseg set augbl = '{by}', augdt = '{on}' where {where}")

    clear(still_open, newest, "20260105")
    second = there.load(NIGHT_ONE, first.cursors)
    clear(cleared, "", "00000000")
    third = there.load(NIGHT_ONE, first.cursors)
    there.show(NIGHT_ONE)
    assert by_key(second.rows["document_items"], key)[tuple(still_open[n] for n in key)]["AUGBL"] == newest
    assert by_key(third.rows["document_items"], key)[tuple(cleared[n] for n in key)]["AUGBL"] == ""
    assert len(third.rows["document_items"]) < len(first.rows["document_items"]) / 4


def test_a_row_that_is_deleted_or_corrected_arrives(place) -> None:
    there = place("sql_ledger")
    there.show(NIGHT_ONE)
    first = there.load(NIGHT_ONE)
    gone, corrected = first.rows["journal_lines"][0], first.rows["journal_lines"][7]
    where = "voucher_no = '{document_number}' and line_no = {line_number} and fiscal_year = {fiscal_year}"
    there.run(f"delete from erp.gl_entry where {where.format(**gone)}")
    changed = "changed_at = '2026-09-28 23:00:00', line_text = 'Corrected'"
    there.run(f"update erp.gl_entry set {changed} where {where.format(**corrected)}")
    # A program may leave the moment out as long as nobody changed the row.
    new = "insert into erp.gl_entry (company_code, fiscal_year, voucher_no, line_no, account_no)"
    there.run(f"{new} values ('2010', 2026, 'NEW-1', 1, '1200')")
    second = there.load(NIGHT_ONE, first.cursors)
    there.show(NIGHT_ONE)
    key = load_systems()["sql_ledger"].resources["journal_lines"].key
    name_of_gone, name_of_corrected = (tuple(row[part] for part in key) for row in (gone, corrected))
    there_still = by_key(second.rows["journal_line_keys"], key)
    assert name_of_gone not in there_still and name_of_corrected in there_still
    assert by_key(second.rows["journal_lines"], key)[name_of_corrected]["line_text"] == "Corrected"
    assert "NEW-1" in {row["document_number"] for row in second.rows["journal_lines"]}
    # Neither the draft nor the new line is posted.
    assert sum(int(row["line_count"]) for row in second.rows["control_totals"]) == len(there_still) - 3


def test_another_client_of_the_same_database_is_not_read(place) -> None:
    there = place("sap_ecc")
    delivered = there.load(
        NIGHT_ONE, resources=["company_codes"], options={**there.instance["options"], "client": "000"}
    )
    assert [row["BUKRS"] for row in delivered.rows["company_codes"]] == ["0001"]
    ours = there.load(NIGHT_ONE, resources=["company_codes"])
    assert [row["BUKRS"] for row in ours.rows["company_codes"]] == ["3010"]


@every_system
def test_an_instance_limited_to_entities_reads_only_those(place, system: str) -> None:
    there = place(system)
    limited = there.load(NIGHT_ONE, resources=[LARGE[system]], entities=["9999"])
    assert limited.error is None and limited.rows[LARGE[system]] == []


@every_system
def test_a_table_or_column_that_is_gone_is_named_with_what_to_do(place, system: str) -> None:
    there = place(system)
    table = LARGE_TABLE[system]
    column = {"sap_ecc": "HKONT", "sql_ledger": "account_no"}[system]
    there.run(f"alter table erp.{table} rename column {column} to gone")
    no_column = there.load(NIGHT_ONE, resources=[LARGE[system]]).error
    there.run(f"alter table erp.{table} rename to renamed")
    no_table = there.load(NIGHT_ONE, resources=[LARGE[system]]).error
    there.run("drop table erp.renamed")
    there.show(NIGHT_ONE)
    assert isinstance(no_column, ContractBreach) and isinstance(no_table, ContractBreach)
    assert f"{table} has no column {column}".casefold() in str(no_column).casefold()
    assert f"there is no table {table}".casefold() in str(no_table).casefold()
    assert "correct the table's name or the option `schema`" in no_table.next_step
    for error in (no_column, no_table):
        assert (error.system, error.instance, error.resource) == (system, f"{system}_demo", LARGE[system])


def test_amounts_in_binary_numbers_are_refused(place, engine: str) -> None:
    """A double of PostgreSQL, and what SQLite makes of a decimal."""
    there = place("sql_ledger")
    kind = "double precision" if engine == "postgresql" else "decimal(15, 2)"
    there.run("alter table erp.gl_entry drop column debit")
    there.run(f"alter table erp.gl_entry add column debit {kind} default 0.5")
    error = there.load(NIGHT_ONE, resources=["journal_lines"]).error
    there.show(NIGHT_ONE)
    assert isinstance(error, ContractBreach)
    assert "column debit of table gl_entry holds binary floating-point numbers" in str(error)
    assert "`scale`" in error.next_step


@every_system
def test_a_database_that_is_not_there_is_an_outage_and_says_what_was_kept(
    place, engine: str, tmp_path: Path, system: str
) -> None:
    there = place(system)
    nowhere = {"folder": str(tmp_path)} if engine == "sqlite" else {"base_url": "postgresql://127.0.0.1:1/erp"}
    clock = FastClock()
    before = {LARGE[system]: "2026-09-01"}
    result = there.load(NIGHT_ONE, before, clock=clock, **nowhere)
    assert isinstance(result.error, SourceUnavailable) and result.cursors == before
    assert "stays in use" in result.error.what_was_kept
    assert ("cannot be opened" if engine == "sqlite" else "127.0.0.1:1 cannot be reached") in str(result.error)
    assert len(clock.slept) == 1  # it was tried twice


def test_the_request_budget_is_held(place) -> None:
    there = place("sql_ledger")
    resources = ["entities", "accounts", "customers", "products"]
    clock = FastClock()
    assert there.load(NIGHT_ONE, clock=clock, resources=resources, connection={"requests_per_second": 2}).error is None
    assert sum(clock.slept) >= 1.5
    used_up = there.load(NIGHT_ONE, requests_before=4998, resources=resources).error
    assert isinstance(used_up, SourceRefused) and "budget of 5000 statements is used up" in str(used_up)


def test_a_table_is_read_in_pieces(place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "CHUNK_ROWS", 300)
    seen: list[int] = []
    there = place("sql_ledger")
    result = there.load(NIGHT_ONE, resources=["journal_lines"], on_page=lambda _, rows: seen.append(rows))
    assert result.error is None and seen[:3] == [300, 600, 900]


# What only a server can do: users, sessions, writers beside the reader.


@pytest.fixture
def served(places) -> Callable[[str], Place]:
    return lambda system: places("postgresql", system)


def sessions(server: Server, database: str) -> list[int]:
    """The sessions of our technical user."""
    query = f"select pid from pg_stat_activity where usename = '{USER}' and datname = '{database}'"
    with server.owner().connect() as connection:
        return list(connection.exec_driver_sql(query).scalars())


@every_system
def test_what_is_written_while_a_load_reads_is_not_in_it(server, served, system: str) -> None:
    """One connection, one state of the database for all tables, and nothing left open afterwards."""
    there = served(system)
    whole = there.load(NIGHT_ONE)
    open_sessions: list[int] = []
    table, key = {"sap_ecc": ("bseg", "hkont"), "sql_ledger": ("gl_entry", "account_no")}[system]

    def write(resource: str, _: int) -> None:
        if not open_sessions:
            open_sessions.extend(sessions(server, system))
            there.run(f"update erp.{table} set {key} = 'written while read'")

    disturbed = there.load(NIGHT_ONE, on_page=write)
    later = there.load(NIGHT_ONE, resources=[LARGE[system]])
    there.show(NIGHT_ONE)
    assert disturbed.error is None and disturbed.rows == whole.rows
    assert {row.get("HKONT") or row.get("account") for row in later.rows[LARGE[system]]} == {"written while read"}
    assert len(open_sessions) == 1 and sessions(server, system) == []


@every_system
@pytest.mark.parametrize("page", [1, 2, 4])
def test_a_connection_that_dies_at_any_piece_is_an_error_and_moves_no_cursor(
    server, served, monkeypatch: pytest.MonkeyPatch, system: str, page: int
) -> None:
    monkeypatch.setattr(databases, "CHUNK_ROWS", 300)
    pages: list[int] = []

    def cut(_: str, rows: int) -> None:
        pages.append(rows)
        if len(pages) == page:
            for session in sessions(server, system):
                server.run(f"select pg_terminate_backend({session})")

    before = {LARGE[system]: "2024-01-01"}
    result = served(system).load(NIGHT_ONE, before, resources=[LARGE[system]], on_page=cut)
    assert isinstance(result.error, SourceUnavailable) and "the connection was lost while reading" in str(result.error)
    assert result.cursors == before and len(pages) == page
    assert sessions(server, system) == []


@every_system
def test_a_wrong_password_is_one_clear_error(served, system: str) -> None:
    clock = FastClock()
    wrong = {**SECRETS, "DB_PASSWORD": "not-the-secret-9f3"}
    error = served(system).load(NIGHT_ONE, environ=wrong, clock=clock).error
    assert isinstance(error, SourceRefused) and "the database refused the login" in str(error)
    assert "credentials" in error.next_step and "not-the-secret-9f3" not in str(error)
    assert clock.slept == []  # a refusal is not tried again


def test_a_database_of_another_name_is_one_clear_error(server, served) -> None:
    error = served("sql_ledger").load(NIGHT_ONE, base_url=server.address("nothing")).error
    assert isinstance(error, SourceRefused) and "the database is not there" in str(error)


@every_system
def test_a_missing_right_is_named_with_its_table(served, system: str) -> None:
    there = served(system)
    there.run(f"revoke select on erp.{LARGE_TABLE[system]} from {USER}")
    error = there.load(NIGHT_ONE, resources=[LARGE[system]]).error
    there.run(f"grant select on erp.{LARGE_TABLE[system]} to {USER}")
    assert isinstance(error, SourceRefused)
    assert f"may not read table {LARGE_TABLE[system]}".casefold() in str(error).casefold()
    assert "give the technical user the right to select" in error.next_step


def slow(there: Place) -> dict[str, Any]:
    """Options with a query that takes its time."""
    totals = there.instance["options"]["control_totals"]
    query = (
        "select '2010' as company_code, 1 as fiscal_year, 1 as period, 1 as lines, 1 as debit, pg_sleep(3) as credit"
    )
    return {**there.instance["options"], "control_totals": {**totals, "query": query}}


def test_a_statement_that_takes_too_long_is_ended(served) -> None:
    there = served("sql_ledger")
    result = there.load(
        NIGHT_ONE, resources=["control_totals"], options=slow(there), connection={"timeout_seconds": 0.2}
    )
    assert isinstance(result.error, SourceUnavailable)
    assert "reading the query of the company file took longer than 0.2 s" in str(result.error)


def test_a_query_that_does_not_run_is_refused(served) -> None:
    there = served("sql_ledger")
    options = slow(there)
    options["control_totals"]["query"] = "select company_code from erp.gl_entyr"
    error = there.load(NIGHT_ONE, resources=["control_totals"], options=options).error
    assert isinstance(error, SourceRefused) and 'relation "erp.gl_entyr" does not exist' in str(error)
    assert "company file" in error.next_step


@every_system
def test_secrets_and_values_are_in_no_log_line(
    served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    caplog.set_level(logging.DEBUG)
    there = served(system)
    assert there.load(NIGHT_ONE, resources=[LARGE[system]]).error is None
    failed = there.load(NIGHT_ONE, base_url=f"postgresql://127.0.0.1:1/{system}").error
    told = caplog.text + repr(failed) + str(failed)
    assert PASSWORD not in told and "Meridian" not in told


def test_the_user_cannot_write_even_where_it_may(server, served) -> None:
    """The transaction is declared to read only: a query of the company file that writes is refused."""
    there = served("sql_ledger")
    there.run("create function erp.wipe() returns integer language sql as 'delete from erp.item; select 1'")
    there.run(f"grant delete on erp.item to {USER}")
    options = slow(there)
    options["control_totals"]["query"] = options["control_totals"]["query"].replace("pg_sleep(3)", "erp.wipe()")
    error = there.load(NIGHT_ONE, resources=["control_totals"], options=options).error
    there.run("drop function erp.wipe()")
    assert isinstance(error, SourceRefused) and "read-only transaction" in str(error)
    assert there.load(NIGHT_ONE, resources=["products"]).rows["products"]


def test_names_are_quoted_and_values_keep_their_form(served) -> None:
    """Blanks, reserved words and quotes in names; padded text, moments with a zone, weak currencies' many digits."""
    there = served("sql_ledger")
    there.run(
        'create table erp."Order" ("from" char(6), "the ""amount""" numeric(30, 12), "when" timestamptz, "no;" text)'
    )
    there.run(
        """insert into erp."Order" values ('A1', 12345678901234567.000000000012, '2026-09-30 02:00+02', 'o''clock')"""
    )
    description = {
        "table": "Order",
        "columns": {
            "product": "from",
            "name": 'the "amount"',
            "family": "when",
            "code": "no;",
        },
    }
    options = {**there.instance["options"], "products": description}
    result = there.load(NIGHT_ONE, resources=["products"], options=options)
    there.run('drop table erp."Order"')
    (row,) = result.rows["products"]
    assert (row["product"], row["code"]) == ("A1    ", "o'clock")
    assert (row["name"], row["family"]) == ("12345678901234567.000000000012", "2026-09-30T00:00:00.000000Z")


# What a company file may say.


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "must be a database address"),
        ("ledger", "must be a database address"),
        ("oracle+oracledb://host/db", "needs a driver that is not installed"),
        ("nosuch://host/db", "needs a driver that is not installed"),
    ],
)
def test_an_address_that_is_none_is_a_mistake_of_the_company_file(address: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load("sap_ecc", NIGHT_ONE, base_url=address, options={"client": "100"}, credentials=LOGIN)
    assert "instance 'sap_ecc_demo': base_url" in str(refused.value) and said in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": {"account": "a", "name": "b", "type": "c", "titel": "d"}}, "unknown name 'titel'"),
        ({"columns": {"account": "a", "name": "b"}}, "'type' is missing: say which column it is"),
        ({"query": "select 1"}, "give either `table` or `query`"),
        ({"tabel": "x"}, "unknown key 'instances.sql_ledger_demo.options.accounts.tabel' (did you mean 'table'?"),
        ({"scale": {"debit": 2}}, "scale ['debit'] is not among the columns"),
    ],
)
def test_a_description_that_cannot_be_is_a_mistake_of_the_company_file(change: dict[str, Any], said: str) -> None:
    options = {**SQL_LEDGER, "accounts": {**SQL_LEDGER["accounts"], **change}}
    with pytest.raises(ConfigurationError) as refused:
        load("sql_ledger", NIGHT_ONE, base_url="sqlite:///x.sqlite", options=options)
    assert said in str(refused.value)


def test_a_server_asks_for_user_and_password_and_a_file_for_neither(tmp_path: Path) -> None:
    auth = load_systems()["sql_ledger"].auth
    assert auth.meant_by([]).credentials == ()
    assert auth.meant_by(["user"]).credentials == ("user", "password")
