"""A kept night of the sandbox company that can be built again with one thing changed, within a transaction.

What a mutant changes is rolled back: the warehouse is copied once, not once per mutant, and no more is built than the
tables that become different. The SQL is what dbt compiles of the project, in dbt's order, with dbt's tests.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from dlt_sources.registry import load_systems
from dlt_sources.sandbox.company import Snapshot, build_world
from dlt_sources.settings import Company, load_company
from finance_assets.control.store import AcceptedResource, ControlStore, SuiteResult
from finance_assets.lib import gates
from finance_assets.lib.checkpoints import SCHEMA as CHECKPOINTS
from finance_assets.lib.data_dir import DataDir
from finance_assets.lib.dbt_manifest import STEPS, DbtManifest, Step
from finance_assets.lib.landing import landing_schema
from finance_assets.lib.suites import load_landing_suite, load_suites
from finance_assets.lib.transform import CHOSEN, Dbt
from finance_assets.lib.versions import VERSIONS_SCHEMA, compare_loads
from finance_assets.lib.warehouse import attachments

MUTANT = "mutant"
# What one table or test of a trial may take; the whole night takes less.
LONGEST_SECONDS, MOST_MEMORY = 60, "8GB"
RECONCILIATION = "reconciliation"


class MutantBroken(Exception):
    """A mutant that cannot be: its statement fails or concerns no row. The list of mutants is wrong, not the data."""


class CompilingDbt(Dbt):
    """The dbt project, asked for its SQL instead of its tables."""

    def compiled(self, as_of: date, nodes: Collection[str]) -> dict[str, str]:
        """Return the SQL of these models and tests by dbt's id; what does not compile is not in it."""
        answer = self._chosen("compile", as_of, nodes)
        results = answer.result.results if answer.result else []
        return {each.node.unique_id: each.node.compiled_code for each in results if each.status == "success"}

    def failing_unit_tests(self, as_of: date, models: Collection[str]) -> dict[str, list[str]]:
        """Return the names of the unit tests that do not hold, by the id of their model."""
        tests = {name: test for name, test in self._parsed.unit_tests.items() if test.depends_on.nodes[0] in models}
        if not tests:
            return {}
        words = ["--select", *(test.name for test in tests.values()), "--indirect-selection", "empty"]
        answer = self._invoke(["--no-write-json", "test", *words, *self._variables(as_of)], parsed=self._parsed)
        failing: dict[str, list[str]] = {}
        for each in answer.result.results if answer.result else []:
            if each.status in ("fail", "error"):
                definition = tests.get(each.node.unique_id)
                if definition:
                    failing.setdefault(definition.depends_on.nodes[0], []).append(definition.name)
        return failing

    @contextmanager
    def changed(self, code: Mapping[str, str]) -> Iterator[None]:
        """Have models say something else until the end of the block."""
        before = {unique_id: self._parsed.nodes[unique_id].raw_code for unique_id in code}
        for unique_id, text in code.items():
            self._parsed.nodes[unique_id].raw_code = text
        try:
            yield
        finally:
            for unique_id, text in before.items():
                self._parsed.nodes[unique_id].raw_code = text

    def _chosen(self, command: str, as_of: date, nodes: Collection[str]) -> Any:
        self._write_profile_with_landing()
        for unique_id, node in self._parsed.nodes.items():
            node.tags = [CHOSEN] if unique_id in nodes else []
        words = [command, "--select", f"tag:{CHOSEN}", "--indirect-selection", "empty", *self._variables(as_of)]
        return self._invoke(["--no-write-json", *words], parsed=self._parsed)


@dataclass
class Rebuilt:
    """What a mutant has changed so far: tables that are not what they were, and what did not build."""

    different: set[str] = field(default_factory=set)
    error: str | None = None


class KeptNight:
    """One night of a company file with its data folder, and a copy of its warehouse to try mutants on."""

    def __init__(self, company_file: Path, data_folder: Path, work: Path) -> None:
        self.company: Company = load_company(company_file)
        self.data_dir = DataDir(data_folder.resolve())
        self.work = work
        self.as_of = self.company.as_of
        self.dbt = CompilingDbt(self.company, self.data_dir)
        self.manifest: DbtManifest = self.dbt.manifest()
        self.tables: dict[Step, dict[str, str]] = {step: self.manifest.tables(step) for step in STEPS}
        self.addresses = {
            unique_id: address for tables in self.tables.values() for unique_id, address in tables.items()
        }
        self.models = {name: node for name, node in self.nodes.items() if node["resource_type"] == "model"}
        self.compiled = self.dbt.compiled(self.as_of, [*self.models, *self._tests])
        with closing(ControlStore.in_file(self.data_dir.control_file)) as store:
            self._accepted: list[AcceptedResource] = store.accepted_resources(self.company.instances, self.as_of)

    @property
    def nodes(self) -> Mapping[str, Any]:
        """dbt's models, seeds and tests by id."""
        return self.manifest.content["nodes"]

    @cached_property
    def _tests(self) -> dict[str, Any]:
        return {name: node for name, node in self.nodes.items() if node["resource_type"] == "test"}

    @cached_property
    def truth(self) -> Snapshot:
        """What really happened in the company."""
        block = self.company.sandbox
        world = build_world(block.seed, block.scale, block.books, block.billing, block.procurement)
        return world.as_of(self.as_of, block.errors)

    def open(self) -> None:
        """Copy the warehouse, build its models as the project says them now, and remember what is in it."""
        self.work.mkdir(parents=True, exist_ok=True)
        # The compiled SQL names the database, which is named after its file.
        copy = self.work / self.data_dir.build_file.name
        shutil.copy(self.data_dir.build_file, copy)
        self.connection = duckdb.connect(str(copy))
        self.connection.execute("set TimeZone = 'UTC'")
        # A join that lost its condition must not take the machine.
        self.connection.execute(f"set memory_limit = '{MOST_MEMORY}'")
        self.connection.execute(f"set max_temp_directory_size = '{MOST_MEMORY}'")
        for alias, file in attachments(list(self.company.instances), self.data_dir).items():
            self.connection.execute(f"attach '{file}' as {alias} (read_only)")
        for tables in self.tables.values():
            for unique_id in filter(self.models.__contains__, tables):
                self._create(unique_id, self.compiled[unique_id])
        # A mutant comes the night after: what this night has approved is what the nights before it published.
        self.connection.execute(
            "insert into control.approved_mapping_rows by name "
            "select ?::date as as_of, * from canonical.approved_mapping_rows",
            [self.as_of],
        )
        self.content = {unique_id: self._content(unique_id) for unique_id in self.models}
        self.exceptions = self.found_exceptions()

    def close(self) -> None:
        """Let go of the copy."""
        self.connection.close()

    @contextmanager
    def trial(self) -> Iterator[Rebuilt]:
        """A mutant's life: whatever is done to the warehouse in the block is undone."""
        self.connection.execute("begin")
        try:
            yield Rebuilt()
        finally:
            with suppress(duckdb.Error):  # a statement that failed has ended the transaction already
                self.connection.execute("rollback")
            attached = {
                name for (name,) in self.connection.execute("select database_name from duckdb_databases()").fetchall()
            }
            if MUTANT in attached:
                self.connection.execute(f"detach {MUTANT}")

    def build(self, step: Step, rebuilt: Rebuilt, code: Mapping[str, str]) -> None:
        """Build what reads a table that has become different, and the models whose SQL is given."""
        for unique_id, address in self.tables[step].items():
            node = self.nodes[unique_id]
            parents = node["depends_on"].get("nodes", [])
            if node["resource_type"] != "model" or (unique_id not in code and rebuilt.different.isdisjoint(parents)):
                continue
            try:
                with self._not_for_ever():
                    self._create(unique_id, code.get(unique_id, self.compiled[unique_id]))
                if self._content(unique_id) != self.content[unique_id]:
                    rebuilt.different.add(unique_id)
            except duckdb.Error as error:
                rebuilt.error = f"{address}: {str(error).splitlines()[0]}"
                return

    def failing_tests(self, step: Step, rebuilt: Rebuilt, *, checkpoints: bool) -> list[str]:
        """Return the checkpoints, or the other tests, of the step that read a different table and do not hold."""
        failing = []
        for unique_id, node in self._tests.items():
            is_error = node["config"]["severity"].lower() == "error"
            concerned = self.manifest.steps[unique_id] == step and not rebuilt.different.isdisjoint(
                node["depends_on"]["nodes"]
            )
            if not is_error or not concerned or (node["schema"] == CHECKPOINTS) != checkpoints:
                continue
            counted = node["config"]["fail_calc"]
            try:
                with self._not_for_ever():
                    query = f"select {counted} from ({self.compiled[unique_id]}\n)"
                    (rows,) = self.connection.execute(query).fetchone()
            except duckdb.Error:
                return [*failing, node["name"]]
            if rows:
                failing.append(node["name"])
        return failing

    def found_exceptions(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """Return what stands in the queue: entity, money and severity by type and key."""
        rows = self.connection.execute(
            "select exception_type, natural_key, entity_code, amount_transaction, transaction_currency, "
            "amount_at_risk_group, severity, owner from reconciliation.fct_exceptions"
        ).fetchall()
        return {(kind, key): tuple(rest) for kind, key, *rest in rows}

    def close_gate(self) -> list[SuiteResult]:
        """Evaluate the close gate on the tables as they are in this trial."""
        suites = load_suites(RECONCILIATION)
        file = self.work / "close_gate.duckdb"
        file.unlink(missing_ok=True)
        with duckdb.connect(str(file)) as gate:
            for suite in suites:
                gate.register(
                    "found", self.connection.execute(f'from {RECONCILIATION}."{suite.name}"').to_arrow_table()
                )
                gate.execute(f'create table "{suite.name}" as from found')
        return gates.evaluate(file, [gates.Subject(suite, f'select * from "{suite.name}"') for suite in suites])

    def land(self, instance: str, statements: Mapping[str, list[str]]) -> tuple[Path, list[SuiteResult]]:
        """Change what was landed of resources of an instance; return the changed file, and what its gate says."""
        file = self.work / f"{instance}.duckdb"
        shutil.copy(self.data_dir.landing_file(instance), file)
        system = load_systems()[self.company.instances[instance].system]
        schema = landing_schema(instance)
        loads = [load for load in self._accepted if load.instance == instance]
        with duckdb.connect(str(file)) as connection:
            for resource, changes in statements.items():
                for statement in changes:
                    apply(connection, statement, f'{schema}."{resource}"')
                connection.execute(f'drop table {VERSIONS_SCHEMA}."{resource}"')
                connection.execute(f"delete from {VERSIONS_SCHEMA}._compared_loads where resource = ?", [resource])
            counts = {
                (load.load_id, resource): connection.execute(
                    f'select count(*) from {schema}."{resource}" where _load_id = ?', [load.load_id]
                ).fetchone()[0]
                for load in loads
                for resource in statements
            }
        suites = {
            resource: load_landing_suite(system.name, resource, system.resources[resource].fields)
            for resource in statements
        }
        subjects = [
            gates.Subject(
                suites[load.resource],
                gates.load_query(schema, load.resource, load.load_id),
                # The mutant comes the night after the one that is kept: a snapshot must not have shrunk since.
                fewest_rows=gates.fewest_rows(suites[load.resource], load.rows) if load.load_mode == "snapshot" else 0,
            )
            for load in loads
            if load.resource in statements
        ]
        results = gates.evaluate(file, subjects)
        if all(result.is_passed for result in results):
            changed = [replace(load, rows=counts.get((load.load_id, load.resource), load.rows)) for load in loads]
            compare_loads(file, instance, system, changed)
        return file, results

    def show(self, instance: str, resources: Collection[str], file: Path) -> set[str]:
        """Let the trial read the changed landing file; return dbt's ids of the sources that have changed."""
        self.connection.execute(f"attach '{file}' as {MUTANT} (read_only)")
        system = self.company.instances[instance].system
        for resource in resources:
            (sql,) = self.connection.execute(
                "select sql from duckdb_views() where schema_name = ? and view_name = ?", [f"landed_{system}", resource]
            ).fetchone()
            view = sql.replace(f"landing_{instance}.{VERSIONS_SCHEMA}.", f"{MUTANT}.{VERSIONS_SCHEMA}.")
            self.connection.execute(view.replace("CREATE VIEW", "create or replace view", 1))
        return {self.source(f"landed_{system}", resource) for resource in resources}

    def source(self, schema: str, table: str) -> str:
        """Return dbt's id of a source table."""
        for unique_id, source in self.manifest.content["sources"].items():
            if (source["schema"], source["identifier"]) == (schema, table):
                return unique_id
        raise KeyError(f"dbt reads no {schema}.{table}")

    @contextmanager
    def _not_for_ever(self) -> Iterator[None]:
        """Interrupt the statement of the block, which is an error of DuckDB, when it takes too long."""
        timer = threading.Timer(LONGEST_SECONDS, self.connection.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _create(self, unique_id: str, sql: str) -> None:
        node, address = self.models[unique_id], self.addresses[unique_id]
        if node["language"] == "python":
            self._create_in_python(node["raw_code"], address)
            return
        self.connection.execute(f"create or replace {node['config']['materialized']} {address} as ({sql}\n)")

    def _create_in_python(self, code: str, address: str) -> None:
        """What dbt does with a model in Python: call it with what it refers to, and store what it returns."""
        addresses = {node["name"]: self.addresses.get(name) for name, node in self.nodes.items()}

        class References:
            def config(self, **_: Any) -> None: ...

            def ref(_, name: str) -> duckdb.DuckDBPyRelation:
                return self.connection.sql(f"from {addresses[name]}")

        model: dict[str, Any] = {}
        exec(code, model)
        self.connection.register("rows_of_model", model["model"](References(), self.connection))
        self.connection.execute(f"create or replace table {address} as from rows_of_model")
        self.connection.unregister("rows_of_model")

    def _content(self, unique_id: str) -> tuple[Any, ...]:
        address = self.addresses[unique_id]
        return self.connection.execute(
            f"select count(*), sum(cast(hash(content) as hugeint)) from {address} as content"
        ).fetchone()


def apply(connection: duckdb.DuckDBPyConnection, statement: str, address: str) -> None:
    """Execute a mutant's statement on the table; raise MutantBroken when it fails or changes nothing."""
    try:
        (rows,) = connection.execute(statement.replace("{table}", address)).fetchone()
    except duckdb.Error as error:
        raise MutantBroken(f"{address}: {str(error).splitlines()[0]}") from error
    if not rows:
        raise MutantBroken(f"{address}: the mutant concerns no row")
