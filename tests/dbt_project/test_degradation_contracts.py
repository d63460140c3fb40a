"""Every cell of the degradation contracts, source × fault × phase × age × consumer: from the load to the reader."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from dlt_sources.registry import load_systems
from finance_assets.control.store import SourceStatus
from finance_assets.lib import landing
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.degradation import Consumer, Handling, consumers, handle
from finance_assets.lib.landing import land_instances
from finance_assets.lib.lineage import Lineage
from finance_assets.lib.night import begin_night
from finance_assets.lib.publish import Label, Publication, PublishedTable, publish
from finance_assets.lib.settings import Settings
from finance_assets.lib.sources import source_status
from tests.dbt_project.conftest import ParsedProject
from tests.dbt_project.empty_warehouse import DBT_PROJECT
from tests.finance_assets.fakes import GOOD_RATES, FakeSources, rates_company

# The second business day of September 2026 and the middle of that month.
PHASES = {"close": date(2026, 9, 2), "normal": date(2026, 9, 15)}
AGES = range(10)
FAULTS = ("outage", "partial_page", "rejected_load", "schema_change", "not_extracted")
ROOT = DBT_PROJECT / "models"
MODEL = ROOT / "reconciliation" / "degradation" / "fct_degradations.sql"
FINDINGS = ROOT / "reconciliation" / "degradation" / "source_contract_findings.sql"
CALENDAR = ROOT / "canonical" / "reference" / "dim_business_days.sql"
CONTROLS, REFERENCE = DBT_PROJECT / "seeds" / "controls", DBT_PROJECT / "seeds" / "reference"
# File, schema, and the columns of which their values do not say the type.
SEED_TABLES = (
    (CONTROLS / "degradation_contracts.csv", "seeds", "{'source': 'varchar'}"),
    (CONTROLS / "close_deadlines.csv", "seeds", "{'entity_code': 'varchar'}"),
    (REFERENCE / "business_calendars.csv", "reference", "{'weekend_days': 'varchar'}"),
    (REFERENCE / "holidays.csv", "reference", "{'holiday_date': 'date'}"),
)
EVIDENCE = re.compile(r"canonical_.*|reconciliation|marts_control")
# An ERP beside it, whose entity is there whatever happens to the other one.
ENTITY, OTHER_ENTITY = "1010", "9999"
RENDERED_FOR = "2026-09-02"


@pytest.fixture(scope="module")
def statuses_after(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], SourceStatus]:
    """The state of an instance so many days after its last good load, by the fault that tonight's load met.

    Landed and gated by the platform itself: the fault is at the source, the state is what the control store knows.
    """
    folder = tmp_path_factory.mktemp("faults")
    settings = Settings(rates_company(folder, *FAULTS), DataDir(folder / "data"))
    sources, day = FakeSources(), date(2026, 1, 1)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landing, "build_source", sources.build)
        with begin_night(settings, "good", day) as night:
            assert all(landed.is_accepted for landed in land_instances(night, lambda *_: None))
        sources.rates = {
            "outage": [],
            "partial_page": GOOD_RATES,
            "rejected_load": [(None, "USD", "1.1012"), *GOOD_RATES],
            # What was a number comes as a sentence.
            "schema_change": [("2026-09-29", "USD", "1.1012 per euro"), ("2026-09-29", "JPY", "164.50 per euro")],
        }
        sources.fails = {"outage": "connection refused", "partial_page": "the line went dead at page 2"}
        reached = tuple(fault for fault in FAULTS if fault != "not_extracted")
        with begin_night(settings, "bad", day + timedelta(AGES[-1]), reached) as night:
            assert not any(landed.is_accepted for landed in land_instances(night, lambda *_: None))
            accepted = night.store.accepted_resources(FAULTS, night.as_of)
            assert {row.as_of for row in accepted} == {day}, "nothing of a load that failed is visible"
            for age in AGES:
                as_if = replace(night, as_of=day + timedelta(age))
                for status in source_status(as_if, accepted, {}):
                    found[status.source_instance, age] = status
    return found


@dataclass(frozen=True)
class Cell:
    """A consumer on a day of a phase on which a system it reads has met a fault, days after its last good load."""

    consumer: Consumer
    system: str
    fault: str
    phase: str
    status: SourceStatus

    @property
    def instance(self) -> str:
        """Instances of a system that are in the same state are one: the fault is forgotten, the age is not."""
        return f"{self.system}_{self.status.state}_{self.status.age_days}"

    @property
    def entity(self) -> str | None:
        """The entity whose books the instance keeps, if it is one of an ERP."""
        return f"E-{self.instance}" if self.kind == "erp" else None

    @property
    def day(self) -> date:
        return PHASES[self.phase]

    @property
    def kind(self) -> str:
        return load_systems()[self.system].kind


@pytest.fixture(scope="module")
def readers(project: ParsedProject) -> list[Consumer]:
    found = consumers(project.manifest)
    assert {"marts_close", "marts_forecast", "marts_control", "reconciliation", "plan_submission"} <= {
        consumer.name for consumer in found
    }
    return found


@dataclass
class Contracts:
    """The models of the contracts over the project's own seeds, on any day, for any sources and company rows."""

    degradations: str
    findings: str
    calendar: str

    def decide(
        self,
        as_of: date,
        sources: list[dict[str, Any]],
        entities: Mapping[str, tuple[str, str]],
        company: Sequence[tuple[Any, ...]] = (),
    ) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]]]:
        """Return the rows of fct_degradations, and type, key and subject of source_contract_findings.

        `entities` are entity codes with country and the instance that keeps their books; `company` the rows of
        dim_degradation_contracts.
        """
        with duckdb.connect() as connection:
            connection.execute("create schema control; create schema canonical; create schema reference")
            connection.execute("create schema reconciliation; create schema seeds")
            for seed, schema, types in SEED_TABLES:
                connection.execute(
                    f"create table {schema}.{seed.stem} as from read_csv('{seed}', header = true, types = {types})"
                )
            connection.execute(
                "create table control.consumer_sources (consumer varchar, layer varchar, consumer_owner varchar, "
                "is_by_entity boolean, source_instance varchar, system varchar, source_kind varchar, "
                "source_owner varchar, state varchar, age_days integer)"
            )
            listed = pa.Table.from_pylist(sources)
            connection.execute("insert into control.consumer_sources by name from listed")
            assert listed.num_rows == len(sources)
            connection.execute(
                "create table canonical.dim_entities (entity_code varchar, country_code varchar, "
                "source_instance varchar)"
            )
            for code, (country, instance) in entities.items():
                connection.execute("insert into canonical.dim_entities values (?, ?, ?)", [code, country, instance])
            connection.execute(
                "create table canonical.dim_degradation_contracts (consumer varchar, source varchar, phase varchar, "
                "max_age_days integer, action varchar, reason varchar, valid_from date)"
            )
            for row in company:
                connection.execute(
                    "insert into canonical.dim_degradation_contracts values (?, ?, ?, ?, ?, 'agreed', '2026-01-01')",
                    list(row),
                )
            for name, query in (
                ("canonical.dim_business_days", self.calendar),
                ("reconciliation.fct_degradations", self.degradations),
            ):
                connection.execute(f"create table {name} as {query.replace(RENDERED_FOR, as_of.isoformat())}")
            result = connection.execute("from reconciliation.fct_degradations order by consumer, source_instance")
            names = [column[0] for column in result.description]
            rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            findings = connection.execute(
                "select exception_type, natural_key, subject from "
                f"({self.findings.replace(RENDERED_FOR, as_of.isoformat())}) order by all"
            ).fetchall()
        assert {row["data_as_of_date"] for row in rows if row["age_days"] is not None} <= {
            as_of - timedelta(row["age_days"]) for row in rows if row["age_days"] is not None
        }
        return rows, findings


@pytest.fixture(scope="module")
def contracts(project: ParsedProject) -> Contracts:
    def sql(model: Path) -> str:
        query = project.render(model.read_text(), as_of=RENDERED_FOR)
        query = re.sub(r'(?:"\w+"\.)?"(\w+)"\."(degradation_contracts|close_deadlines)"', r"seeds.\2", query)
        return re.sub(r'(?:"\w+"\.)?"(canonical|control|reference|reconciliation)"\.', r"\1.", query)

    return Contracts(sql(MODEL), sql(FINDINGS), sql(CALENDAR))


def source(cell: Cell) -> dict[str, Any]:
    """The cell's row of control.consumer_sources."""
    card = load_systems()[cell.system]
    return {
        "consumer": cell.consumer.name, "layer": cell.consumer.layer, "consumer_owner": cell.consumer.owner,
        "is_by_entity": cell.consumer.is_by_entity, "source_instance": cell.instance, "system": cell.system,
        "source_kind": card.kind, "source_owner": card.owner, "state": cell.status.state,
        "age_days": cell.status.age_days,
    }  # fmt: skip


@cache
def seed_rows() -> list[dict[str, str]]:
    with (CONTROLS / "degradation_contracts.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def declared(cell: Cell) -> tuple[int, str]:
    """What the seed says of a cell, read by a person: the most specific row that fits, then its age and action."""
    by_consumer = [cell.consumer.name, cell.consumer.layer, "*"]
    by_source = [cell.instance, cell.system, cell.kind, "*"]
    by_phase = [cell.phase, "*"]
    fitting = [
        row
        for row in seed_rows()
        if row["consumer"] in by_consumer and row["source"] in by_source and row["phase"] in by_phase
        if row["action"] == "last_good" or not EVIDENCE.fullmatch(cell.consumer.name)
        if row["action"] != "without" or (cell.consumer.is_by_entity and cell.kind == "erp")
    ]
    first = min(
        fitting,
        key=lambda row: (
            by_consumer.index(row["consumer"]), by_source.index(row["source"]), by_phase.index(row["phase"]),
        ),
    )  # fmt: skip
    return int(first["max_age_days"]), first["action"]


def expected_action(cell: Cell) -> str:
    if cell.status.state == "current":
        return "none"
    allowed, action = declared(cell)
    return "within" if cell.status.age_days <= allowed else action


Decisions = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module", params=PHASES)
def cells(
    request: pytest.FixtureRequest, readers: list[Consumer], statuses_after: dict[tuple[str, int], SourceStatus]
) -> list[Cell]:
    """All cells of a phase."""
    return [
        Cell(consumer, system, fault, request.param, statuses_after[fault, age])
        for consumer in readers
        for system in sorted(consumer.systems)
        for fault in FAULTS
        for age in AGES
    ]


@pytest.fixture(scope="module")
def decisions(contracts: Contracts, cells: list[Cell]) -> Decisions:
    """What the SQL decides for all cells of a phase, by instance."""
    sources = {(cell.consumer.name, cell.instance): source(cell) for cell in cells}
    entities = {cell.entity: ("DE", cell.instance) for cell in cells if cell.entity}
    rows, _ = contracts.decide(cells[0].day, [*sources.values()], {**entities, OTHER_ENTITY: ("DE", "another_erp")})
    found: Decisions = {}
    for row in rows:
        found.setdefault(row["source_instance"], []).append(row)
    return found


def test_every_cell_is_decided_as_declared(cells: list[Cell], decisions: Decisions) -> None:
    for cell in cells:
        [row] = [row for row in decisions[cell.instance] if row["consumer"] == cell.consumer.name]
        expected = expected_action(cell)
        decided = (row["phase"], row["action_taken"], row["max_age_days"], row["entities_left_out"])
        left_out = cell.entity if expected == "without" else None
        assert decided == (cell.phase, expected, declared(cell)[0], left_out), cell
        assert bool(row["next_step"]) == (expected != "none"), cell
    assert len(cells) > 5000
    assert {expected_action(cell) for cell in cells} >= {"none", "within", "last_good", "hold"}


def test_every_cell_is_published_as_declared(
    cells: list[Cell], decisions: Decisions, project: ParsedProject, readers: list[Consumer], tmp_path: Path
) -> None:
    """Of each kind the system that most tables read, on the last day that a contract allows and on the day after.

    Instances in the same state are published once.
    """
    published = Published(project.manifest, readers, tmp_path, cells[0].day)
    tables_of: dict[str, dict[str, int]] = {}
    turns: dict[str, set[int]] = {}
    for cell in cells:
        tables_of.setdefault(cell.kind, {}).setdefault(cell.system, 0)
        tables_of[cell.kind][cell.system] += len(cell.consumer.tables)
        turns.setdefault(cell.kind, set()).update((declared(cell)[0], declared(cell)[0] + 1))
    systems = {max(counts, key=counts.__getitem__) for counts in tables_of.values()}
    chosen = [cell for cell in cells if cell.system in systems and cell.status.age_days in turns[cell.kind]]
    tables = sum(published.check(cell, decisions[cell.instance]) for cell in chosen)
    assert tables > 1000


@dataclass
class Published:
    """A small warehouse of the real tables' names: published the day before, and again on each night of a fault."""

    manifest: Mapping[str, Any]
    readers: list[Consumer]
    folder: Path
    day: date

    def __post_init__(self) -> None:
        lineage = Lineage(self.manifest)
        with_tables = [consumer for consumer in self.readers if consumer.tables]
        self.tables = {consumer.name: self._tables_of(consumer, lineage) for consumer in with_tables}
        self._known: dict[str, Publication] = {}
        self._publish("day before", self.day - timedelta(1), handle(self.manifest, [], []))

    def _tables_of(self, consumer: Consumer, lineage: Lineage) -> dict[str, set[str]]:
        """Return the tables of the consumer that read the most and the fewest systems, each with those."""
        systems = {address: lineage.systems_of(key) for address, key in sorted(consumer.tables.items())}
        by_number = sorted(systems, key=lambda address: len(systems[address]))
        return {address: systems[address] for address in (by_number[0], by_number[-1])}

    def of(self, cell: Cell, rows: list[dict[str, Any]]) -> Publication:
        """Return the publication of the cell's night: of a folder in which only the day before was published."""
        if cell.instance not in self._known:
            shutil.copytree(self.folder / "day before", self.folder / cell.instance, symlinks=True)
            as_of = cell.day - timedelta(cell.status.age_days)
            status = replace(cell.status, source_instance=cell.instance, system=cell.system, as_of=as_of)
            # The small warehouse has the books of one entity beside the other one.
            small = [{**row, "entities_left_out": row["entities_left_out"] and ENTITY} for row in rows]
            self._known[cell.instance] = self._publish(cell.instance, cell.day, handle(self.manifest, [status], small))
        return self._known[cell.instance]

    def _publish(self, name: str, as_of: date, handling: Handling) -> Publication:
        build = self.folder / f"build {as_of}.duckdb"
        if not build.exists():
            with duckdb.connect(str(build)) as connection:
                for schema in ("canonical", "reconciliation", "marts"):
                    connection.execute(f"create schema {schema}")
                for address in (address for tables in self.tables.values() for address in tables):
                    connection.execute(
                        f"create table {address} as select unnest([?, ?]) as entity_code, ?::date as built_for",
                        [ENTITY, OTHER_ENTITY, as_of],
                    )
        return publish(
            build, self.folder / name, run_id=f"run-{as_of}", as_of=as_of, close_gate_passed=True,
            labels=handling.labels, descriptions={}, facts={}, held=handling.held, left_out=handling.left_out,
        )  # fmt: skip

    def check(self, cell: Cell, rows: list[dict[str, Any]]) -> int:
        """Assert what readers get of the cell's consumer; return the number of its tables."""
        publication = self.of(cell, [row for row in rows if row["action_taken"] != "none"])
        action = expected_action(cell)
        day_before = cell.day - timedelta(1)
        contents, entries = _contents(publication.database.resolve()), _entries(publication)
        for address, systems in self.tables.get(cell.consumer.name, {}).items():
            built_for, entities, label = contents[address]
            entry = entries[address]
            assert label == Label(entry.data_status, entry.data_status_detail), "manifest and table say the same"
            if action == "hold":
                assert (label.status, built_for, entities) == ("held", day_before, 2), (cell, address)
                assert label.detail.startswith(f"as of {day_before}: {cell.instance} "), label
                assert entry.as_of == day_before.isoformat()
            elif action == "none" or cell.system not in systems:
                assert (label, built_for, entities) == (Label("current", ""), cell.day, 2), (cell, address)
            else:
                assert built_for == cell.day, (cell, address)
                assert f"{cell.instance} ({cell.system}) stale: as of " in label.detail, (cell, label)
                is_without = action == "without"
                assert label.status == ("incomplete" if is_without else "degraded"), (cell, address)
                assert entities == (1 if is_without else 2), (cell, address)
                assert ("past the" in label.detail) == (action in ("without", "last_good")), (cell, label)
        return len(self.tables.get(cell.consumer.name, {}))


def _entries(publication: Publication) -> dict[str, PublishedTable]:
    return {f"{table.schema}.{table.name}": table for table in publication.tables}


@cache
def _contents(database: Path) -> dict[str, tuple[date, int, Label]]:
    """Day, number of rows and label of every published table."""
    found = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, name in names:
            [row] = connection.execute(
                "select min(built_for), count(*), any_value(data_status), any_value(data_status_detail) "
                f"from {schema}.{name}"
            ).fetchall()
            exported = duckdb.sql(
                "select any_value(data_status), any_value(data_status_detail) "
                f"from '{database.parent / 'parquet' / schema / name}.parquet'"
            ).fetchall()
            assert exported == [row[2:]], "table and export say the same"
            found[f"{schema}.{name}"] = (row[0], row[1], Label(row[2], row[3]))
    return found


def a_source(consumer: str, kind: str, age: int | None, instance: str = "", **changes: Any) -> dict[str, Any]:
    """A row of control.consumer_sources of a system that is called as its kind."""
    layer = {"canonical": "canonical", "reconciliation": "reconciliation", "plan": "exposure"}
    row = {
        "consumer": consumer, "layer": layer.get(consumer.split("_")[0], "marts"), "consumer_owner": "o@example.com",
        "is_by_entity": consumer in ("marts_close", "marts_working_capital"), "source_instance": instance or kind,
        "system": kind, "source_kind": kind, "source_owner": "Head of it",
        "state": "absent" if age is None else "stale" if age else "current", "age_days": age,
    }  # fmt: skip
    return {**row, **changes}


TWO_ENTITIES = {"1010": ("DE", "erp"), "2010": ("US", "erp_us")}


@pytest.mark.parametrize(
    ("consumer", "kind", "age", "on_business_day_2", "mid_month"),
    [
        ("marts_close", "erp", 1, "hold", "within"),
        ("marts_close", "erp", 3, "hold", "hold"),
        ("marts_close", "crm", 1, "within", "within"),
        ("marts_close", "crm", 4, "last_good", "last_good"),
        ("marts_revenue", "billing", 2, "hold", "within"),
        ("marts_revenue", "crm", 4, "hold", "last_good"),
        ("marts_working_capital", "erp", 3, "hold", "without"),
        ("marts_forecast", "crm", 1, "hold", "within"),
        ("marts_forecast", "crm", 2, "hold", "hold"),
        ("marts_forecast", "crm", None, "hold", "hold"),
        ("marts_forecast", "planning", 8, "hold", "last_good"),
        ("plan_submission", "crm", 1, "hold", "hold"),
        ("plan_submission", "rates", 1, "hold", "hold"),
        ("canonical_payroll", "payroll", 7, "within", "within"),
        ("reconciliation", "erp", 4, "last_good", "last_good"),
        ("marts_control", "erp", None, "last_good", "last_good"),
    ],
)
def test_what_the_platform_has_agreed_by_default(
    contracts: Contracts, consumer: str, kind: str, age: int | None, on_business_day_2: str, mid_month: str
) -> None:
    taken = {}
    for phase, day in PHASES.items():
        [row], _ = contracts.decide(day, [a_source(consumer, kind, age)], TWO_ENTITIES)
        taken[phase] = row["action_taken"]
    assert taken == {"close": on_business_day_2, "normal": mid_month}


@pytest.mark.parametrize(
    ("day", "country", "phase"),
    [
        ("2026-09-28", "DE", "normal"),
        ("2026-09-29", "DE", "close"),  # two business days to go, this one included
        ("2026-09-30", "DE", "close"),
        ("2026-10-07", "DE", "close"),  # the fifth business day
        ("2026-10-08", "DE", "normal"),
        ("2026-10-04", "DE", "close"),  # a Sunday between
        ("2026-10-31", "DE", "close"),  # a Saturday that ends its month
        ("2026-05-11", "DE", "normal"),
        ("2026-05-11", "JP", "close"),  # after the Golden Week it is the fourth there
        ("2026-05-13", "JP", "normal"),
        ("2026-05-08", "XX", "normal"),  # no calendar of its own: the group's
    ],
)
def test_the_close_is_the_business_days_around_a_month_end_of_the_group_and_of_each_entity(
    contracts: Contracts, day: str, country: str, phase: str
) -> None:
    [row], _ = contracts.decide(
        date.fromisoformat(day), [a_source("marts_close", "erp", 0)], {"1010": (country, "erp")}
    )
    assert row["phase"] == phase


def test_without_an_entity_the_groups_own_calendar_counts(contracts: Contracts) -> None:
    [row], _ = contracts.decide(PHASES["close"], [a_source("marts_close", "erp", None)], {})
    assert (row["phase"], row["action_taken"]) == ("close", "hold")


def test_a_consumer_is_what_its_strictest_source_makes_of_it(contracts: Contracts) -> None:
    sources = [
        a_source("marts_forecast", kind, age) for kind, age in (("erp", 0), ("crm", 2), ("planning", 8), ("rates", 1))
    ]
    rows, _ = contracts.decide(PHASES["normal"], sources, TWO_ENTITIES)
    assert {row["system"]: row["action_taken"] for row in rows} == {
        "erp": "none", "crm": "hold", "planning": "last_good", "rates": "within",
    }  # fmt: skip
    assert {row["consumer_action"] for row in rows} == {"hold"}


def test_where_no_entity_would_be_left_the_consumer_is_held(contracts: Contracts) -> None:
    first = a_source("marts_working_capital", "erp", 3)
    second = a_source("marts_working_capital", "erp", 3, "erp_us")
    [row], _ = contracts.decide(PHASES["normal"], [first], {"1010": ("DE", "erp")})
    assert (row["action_taken"], row["entities_left_out"]) == ("hold", None)
    rows, _ = contracts.decide(PHASES["normal"], [first, second], TWO_ENTITIES)
    assert {row["action_taken"] for row in rows} == {"hold"}
    rows, _ = contracts.decide(PHASES["normal"], [first, {**second, "state": "current", "age_days": 0}], TWO_ENTITIES)
    assert {row["source_instance"]: (row["action_taken"], row["entities_left_out"]) for row in rows} == {
        "erp": ("without", "1010"),
        "erp_us": ("none", None),
    }


def test_what_the_company_has_agreed_goes_before_the_default_and_the_specific_before_the_general(
    contracts: Contracts,
) -> None:
    crm_emea = a_source("marts_forecast", "crm", 2, "crm_emea")
    crm_group = a_source("marts_forecast", "crm", 2, "crm_group")
    rows, _ = contracts.decide(
        PHASES["close"],
        [crm_emea, crm_group, a_source("canonical_pipeline", "crm", 2, "crm_emea")],
        TWO_ENTITIES,
        [
            ("marts_forecast", "crm_emea", "*", 5, "last_good"),
            ("*", "crm", "close", 1, "hold"),
            ("canonical", "crm", "*", 9, "last_good"),
        ],
    )
    assert {(row["consumer"], row["source_instance"]): (row["action_taken"], row["agreed_by"]) for row in rows} == {
        ("marts_forecast", "crm_emea"): ("within", "company"),
        ("marts_forecast", "crm_group"): ("hold", "company"),
        ("canonical_pipeline", "crm_emea"): ("within", "company"),
    }


def test_nothing_holds_what_the_night_is_traced_with(contracts: Contracts) -> None:
    evidence = ("canonical_ledger", "reconciliation", "marts_control")
    rows, _ = contracts.decide(
        PHASES["close"], [a_source(name, "erp", None) for name in evidence], TWO_ENTITIES, [("*", "*", "*", 0, "hold")]
    )
    assert {row["action_taken"] for row in rows} == {"last_good"}


def test_an_outage_is_one_item_that_names_who_waits(contracts: Contracts) -> None:
    names = ("marts_forecast", "marts_revenue", "plan_submission", "canonical_pipeline", "reconciliation")
    _, findings = contracts.decide(PHASES["close"], [a_source(name, "crm", 2) for name in names], TWO_ENTITIES)
    assert findings == [
        (
            "source_too_old",
            "crm",
            "crm (crm): last accepted load of 2026-08-31; held: marts_forecast, marts_revenue, plan_submission; "
            "published on that load: what else reads it",
        )
    ]
    _, within = contracts.decide(PHASES["normal"], [a_source("marts_forecast", "crm", 1)], TWO_ENTITIES)
    assert within == [], "what was agreed is no incident"


def test_a_contract_that_concerns_nobody_is_an_item(contracts: Contracts) -> None:
    _, findings = contracts.decide(
        PHASES["normal"],
        [a_source("marts_forecast", "crm", 0)],
        TWO_ENTITIES,
        [
            ("marts_forecast", "crm", "close", 1, "hold"),
            ("marts_forcast", "crm", "*", 1, "hold"),
            ("marts_forecast", "crm", "*", 1, "without"),
        ],
    )
    assert [(kind, key) for kind, key, _ in findings] == [
        ("mapping_not_used", "degradation_contracts|marts_forcast|crm|*|2026-01-01"),
        ("mapping_not_used", "degradation_contracts|marts_forecast|crm|*|2026-01-01"),
    ]


def test_a_table_whose_entities_may_be_left_out_has_them_in_every_row(project: ParsedProject) -> None:
    """The promise of `by_entity` in dbt_project.yml, kept by the SQL of every table."""
    by_entity = [consumer for consumer in consumers(project.manifest) if consumer.is_by_entity]
    assert {"marts_close", "marts_working_capital"} == {consumer.name for consumer in by_entity}
    without = [
        address
        for consumer in by_entity
        for address, key in consumer.tables.items()
        if "entity_code" not in project.manifest["nodes"][key]["raw_code"].rpartition("final as (")[2]
    ]
    assert without == []
