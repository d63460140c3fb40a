"""Publishes a night: what its labels and manifest say comes from the control store and the warehouse."""

from __future__ import annotations

from dataclasses import asdict

import duckdb

from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.night import Night
from finance_assets.lib.publish import PUBLISHED_SCHEMAS, Publication, data_labels, publish
from finance_assets.lib.sources import outcome_of
from finance_assets.lib.version import code_version

_AMOUNT_COLUMNS = """
    select columns.table_schema, columns.table_name, list(columns.column_name order by columns.ordinal_position)
    from information_schema.columns as columns
    inner join information_schema.tables as tables
        on columns.table_schema = tables.table_schema and columns.table_name = tables.table_name
    where
        columns.table_schema in (select unnest(?))
        and tables.table_type = 'BASE TABLE'
        and columns.column_name like 'amount%'
        and columns.data_type like 'DECIMAL%'
    group by all
    order by all
"""


def publish_night(night: Night, manifest: DbtManifest) -> Publication:
    """Publish the build warehouse and record the outcome; refused unless this run's close gate has passed."""
    statuses = night.store.source_status(night.run_id)
    publication = publish(
        night.data_dir.build_file,
        night.data_dir.published,
        run_id=night.run_id,
        as_of=night.as_of,
        close_gate_passed=night.store.is_close_gate_passed(night.run_id),
        labels=data_labels(manifest.content, [asdict(status) for status in statuses]),
        descriptions=manifest.descriptions(),
        facts={
            "company": night.company.company,
            "code_version": code_version(),
            "source_status": [asdict(status) for status in statuses],
            "control_totals": _control_totals(night),
        },
    )
    outcome, reason = outcome_of(statuses)
    night.store.record_publication(night.run_id, outcome, reason, publication.content_hash)
    return publication


def _control_totals(night: Night) -> dict[str, dict[str, dict[str, str]]]:
    """Sums of what is above and below zero (in a ledger: debits and credits) per amount column of each table."""
    totals = {}
    with duckdb.connect(str(night.data_dir.build_file), read_only=True) as connection:
        for schema, table, columns in connection.execute(_AMOUNT_COLUMNS, [list(PUBLISHED_SCHEMAS)]).fetchall():
            sums = ", ".join(f'sum(greatest("{name}", 0)), sum(least("{name}", 0))' for name in columns)
            row = connection.execute(f'select {sums} from "{schema}"."{table}"').fetchone()
            pairs = zip(columns, row[0::2], row[1::2], strict=True)
            totals[f"{schema}.{table}"] = {
                name: {"above_zero": str(above or 0), "below_zero": str(below or 0)} for name, above, below in pairs
            }
    return totals
