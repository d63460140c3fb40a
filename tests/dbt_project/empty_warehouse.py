"""A warehouse with every source table that dbt declares and no rows: enough to build, unit-test and lint all models."""

from pathlib import Path

import duckdb
import yaml

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"

# What the landed views add to a source's own columns (CONTRACT of landing; macro landing_columns()).
LANDING_COLUMNS = {
    "source_instance": "varchar",
    "load_id": "varchar",
    "load_sequence": "bigint",
    "recorded_at": "timestamp",
    "is_removed": "boolean",
}


def declared_sources() -> list[dict]:
    """The `sources` of every sources file of the dbt project."""
    files = sorted(DBT_PROJECT.glob("models/staging/**/*__sources.yml"))
    return [source for file in files for source in yaml.safe_load(file.read_text())["sources"]]


def create_empty_warehouse(path: Path) -> None:
    """Create the DuckDB file `path` with all declared source tables, empty."""
    with duckdb.connect(str(path)) as connection:
        create_empty_tables(connection)


def create_empty_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create all declared source tables, empty."""
    for source in declared_sources():
        schema = source["schema"]
        connection.execute(f'create schema if not exists "{schema}"')
        for table in source["tables"]:
            columns = {column["name"]: column.get("data_type", "varchar") for column in table["columns"]}
            if schema.startswith("landed_"):
                columns |= LANDING_COLUMNS
            listed = ", ".join(f'"{name}" {data_type}' for name, data_type in columns.items())
            connection.execute(f'create table "{schema}"."{table["name"]}" ({listed})')
