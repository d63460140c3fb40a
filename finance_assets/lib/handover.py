"""Publishes a night: what its labels and manifest say comes from the control store and the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import duckdb

from finance_assets.control.store import SourceStatus
from finance_assets.lib.dbt_manifest import DbtManifest
from finance_assets.lib.degradation import Handling, handle, held_consumers, read_degradations
from finance_assets.lib.failures import CheckpointBroken
from finance_assets.lib.night import Night
from finance_assets.lib.publish import Publication, publish
from finance_assets.lib.records import records
from finance_assets.lib.sources import outcome_of
from finance_assets.lib.trace import described_traces
from finance_assets.lib.version import code_version
from finance_assets.lib.warehouse import refresh_checkpoints


def publish_night(night: Night, manifest: DbtManifest) -> Publication:
    """Publish the build warehouse and record the outcome; refused unless this run's close gate has passed.

    What the degradation contracts hold stays as it was last published.
    """
    statuses = night.store.source_status(night.run_id)
    is_passed = night.store.is_close_gate_passed(night.run_id)
    # Behind a closed gate there may be no warehouse to ask.
    degradations = read_degradations(night.data_dir.build_file, statuses) if is_passed else []
    if is_passed:
        _remember(night)
    handling = handle(manifest.content, statuses, degradations)
    if is_passed:
        refresh_checkpoints(night)
    try:
        publication = _publish(night, manifest, statuses, degradations, handling, is_passed)
    except CheckpointBroken as failure:
        night.store.record_checkpoints(night.run_id, failure.broken)
        raise
    night.store.record_checkpoints(night.run_id, publication.checkpoints)
    outcome, reason = outcome_of(statuses, held_consumers(degradations))
    night.store.record_publication(night.run_id, outcome, reason, publication.content_hash)
    return publication


def _publish(
    night: Night,
    manifest: DbtManifest,
    statuses: Sequence[SourceStatus],
    degradations: Sequence[Mapping[str, Any]],
    handling: Handling,
    is_passed: bool,
) -> Publication:
    return publish(
        night.data_dir.build_file,
        night.data_dir.published,
        run_id=night.run_id,
        as_of=night.as_of,
        close_gate_passed=is_passed,
        labels=handling.labels,
        descriptions=manifest.descriptions(),
        facts={
            "company": night.company.company,
            "code_version": code_version(),
            "source_status": [asdict(status) for status in statuses],
            "degradation": degradations,
            "traces": described_traces(manifest),
        },
        held=handling.held,
        left_out=handling.left_out,
    )


def _remember(night: Night) -> None:
    """Keep what the customers are called from now on, and what mappings were approved.

    Before readers see it: what was published is never forgotten.
    """
    with duckdb.connect(str(night.data_dir.build_file), read_only=True) as connection:
        night.store.record_customers(
            night.run_id,
            night.as_of,
            records(
                connection,
                """
                select source_instance, source_customer_id, customer_key, customer_id
                from canonical.customer_crosswalk
                """,
            ),
            records(
                connection,
                "select customer_id, parent_customer_id from canonical.dim_customers where not is_former",
            ),
        )
        # What replaces an approved row without being ended is found every night until the row is back.
        night.store.record_approved_mapping_rows(
            night.run_id,
            night.as_of,
            records(
                connection,
                """
                select mapping_name, mapping_key, decision
                from canonical.approved_mapping_rows
                where
                    concat_ws('|', mapping_name, mapping_key)
                    not in (select natural_key from reconciliation.gap_rewritten_mappings)
                """,
            ),
        )
