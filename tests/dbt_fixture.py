"""A build warehouse with the sandbox company in it, without the platform: for dbt development and dbt tests.

`python tests/dbt_fixture.py FOLDER [--scale 0.1] [--seed 7] [--errors none|all|name,name] [--as-of 2026-09-30]`
writes FOLDER/build.duckdb; point FINANCE_WAREHOUSE at it.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from dlt_sources.registry import load_systems
from dlt_sources.sandbox.company import build_world
from dlt_sources.sandbox.direct import INSTANCES, load_direct
from tests.dbt_project.empty_warehouse import declared_sources

MAPPINGS = Path(__file__).parents[1] / "dlt_sources" / "sandbox" / "mappings"


def expose_direct(data_dir: Path, build_path: Path, as_of: date) -> None:
    """Writes what `load_direct` landed into a build warehouse, as the platform exposes accepted loads to dbt."""
    build_path.unlink(missing_ok=True)
    systems = load_systems()
    with duckdb.connect(str(build_path)) as connection:
        for source in declared_sources():
            connection.execute(f'create schema if not exists "{source["schema"]}"')
            for table in source["tables"]:
                _create_declared(connection, source["schema"], table)
        for instance, system in INSTANCES.items():
            connection.execute(f"attach '{data_dir / 'landing' / instance}.duckdb' as landing (read_only)")
            landed = connection.execute(
                "select table_name from duckdb_tables() where database_name = 'landing' order by 1"
            ).fetchall()
            for (resource,) in landed:
                mode = systems[system].resources[resource].mode
                _expose(connection, instance, system, resource, str(mode), as_of)
            connection.execute(
                "insert into control.source_status values (?, ?, 'current', ?, 0, ?, null, null)",
                [instance, system, as_of, f"direct-{instance}-{as_of}"],
            )
            connection.execute("detach landing")
        for file in sorted(MAPPINGS.glob("*.csv")):
            connection.execute(
                f"insert into mappings.{file.stem} by name from read_csv('{file}', all_varchar = true, nullstr = '')"
            )


def _create_declared(connection: duckdb.DuckDBPyConnection, schema: str, table: dict) -> None:
    columns = [f'"{column["name"]}" {column.get("data_type", "varchar")}' for column in table["columns"]]
    if schema.startswith("landed_"):
        columns += [
            "source_instance varchar",
            "load_id varchar",
            "load_sequence bigint",
            "recorded_at timestamp",
            "is_removed boolean",
        ]
    connection.execute(f'create table "{schema}"."{table["name"]}" ({", ".join(columns)})')


def _expose(
    connection: duckdb.DuckDBPyConnection, instance: str, system: str, resource: str, mode: str, as_of: date
) -> None:
    target = f"landed_{system}.{resource}"
    known = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ? and database_name = "
            "current_database()",
            [f"landed_{system}", resource],
        ).fetchall()
    }
    if not known:
        return
    landed = [name for name, *_ in connection.execute(f"describe landing.land_{instance}.{resource}").fetchall()]
    columns = ", ".join(f'"{name}"' for name in landed if name in known)
    connection.execute(
        f"insert into {target} by name select {columns}, '{instance}' as source_instance, _load_id as load_id, "
        f"1 as load_sequence, timestamp '{as_of} 00:00:00' as recorded_at, false as is_removed "
        f"from landing.land_{instance}.{resource}"
    )
    connection.execute(
        "insert into control.accepted_loads values (?, ?, ?, ?, 1, ?, ?)",
        [f"direct-{instance}-{as_of}", instance, system, resource, as_of, mode],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--errors", default="none")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 9, 30))
    options = parser.parse_args()
    errors = options.errors if options.errors in ("none", "all") else options.errors.split(",")
    for stale in (options.folder / "landing").glob("*.duckdb"):
        stale.unlink()
    snapshot = build_world(options.seed, options.scale).as_of(options.as_of, errors)
    load_direct(snapshot, options.folder)
    expose_direct(options.folder, options.folder / "build.duckdb", options.as_of)
    with duckdb.connect(str(options.folder / "build.duckdb")) as connection:
        connection.execute("create schema if not exists sandbox")
        for name, table in {**snapshot.truth, "labels": snapshot.labels}.items():
            connection.register("truth", table)
            connection.execute(f"create table sandbox.{name} as from truth")
            connection.unregister("truth")


if __name__ == "__main__":
    main()
