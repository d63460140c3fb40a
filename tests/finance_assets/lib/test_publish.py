"""Publication: one version swapped whole, labelled, hashed, refused without a passed gate."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from finance_assets.lib import publish as publishing
from finance_assets.lib.publish import Label, PublicationFailed, PublicationRefused, data_labels, publish, read_manifest

MANIFEST = {
    "nodes": {
        "model.stg": {
            "resource_type": "model", "schema": "staging", "alias": "stg_crm__accounts",
            "depends_on": {"nodes": ["source.crm"]},
        },
        "model.dim": {
            "resource_type": "model", "schema": "canonical", "alias": "dim_customers",
            "depends_on": {"nodes": ["model.stg", "source.mappings"]},
        },
        "model.tb": {
            "resource_type": "model", "schema": "canonical", "alias": "fct_trial_balances",
            "depends_on": {"nodes": ["source.erp"]},
        },
        "test.x": {"resource_type": "test", "schema": "t", "alias": "x", "depends_on": {"nodes": ["model.tb"]}},
    },
    "sources": {
        "source.crm": {"resource_type": "source", "schema": "landed_crm", "name": "accounts"},
        "source.erp": {"resource_type": "source", "schema": "landed_erp", "name": "journal_lines"},
        "source.mappings": {"resource_type": "source", "schema": "mappings", "name": "customers"},
    },
}  # fmt: skip
CRM_STALE = {
    "source_instance": "crm_group",
    "system": "crm",
    "state": "stale",
    "as_of": date(2026, 9, 29),
    "age_days": 1,
}
ERP_CURRENT = {
    "source_instance": "erp_group",
    "system": "erp",
    "state": "current",
    "as_of": date(2026, 9, 30),
    "age_days": 0,
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    _fill(path, [(1, "L1", "10.5000"), (2, "L1", "-10.5000")])
    return path


def _fill(path: Path, rows: list[tuple[int, str, str]]) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema canonical; create schema staging; create schema control")
        connection.execute(
            "create table canonical.fct_trial_balances (id int, left_load_id varchar, amount_local decimal(28, 4))"
        )
        for row in rows:
            connection.execute("insert into canonical.fct_trial_balances values (?, ?, ?)", row)
        connection.execute("create table staging.stg_crm__accounts as select 1 as id")
        connection.execute("create table control.exceptions as select 'x' as exception_id")
        connection.execute("create table control.loads as select 'secret' as reason")


def _publish(build: Path, folder: Path, run_id: str = "r1", passed: bool = True) -> publishing.Publication:
    return publish(
        build, folder / "published", run_id=run_id, as_of=date(2026, 9, 30), close_gate_passed=passed,
        labels={"canonical.fct_trial_balances": Label("degraded", "erp stale")},
        descriptions={}, facts={"code_version": "1"},
    )  # fmt: skip


def test_a_model_is_degraded_when_any_system_upstream_of_it_is_behind():
    labels = data_labels(MANIFEST, [CRM_STALE, ERP_CURRENT])
    assert labels["canonical.dim_customers"] == Label("degraded", "crm_group (crm) stale: as of 2026-09-29, 1 day old")
    assert labels["canonical.fct_trial_balances"] == Label("current", "")
    assert labels["control.source_status"].status == "degraded"


def test_readers_get_labelled_tables_parquet_and_a_manifest_that_agree(build: Path, tmp_path: Path):
    publication = _publish(build, tmp_path)
    with duckdb.connect(str(publication.database), read_only=True) as connection:
        rows = connection.execute(
            "select amount_local, data_status, data_status_detail from canonical.fct_trial_balances"
        ).fetchall()
        published = {
            row[0] for row in connection.execute("select table_name from information_schema.tables").fetchall()
        }
    assert {row[1:] for row in rows} == {("degraded", "erp stale")} and sum(row[0] for row in rows) == 0
    assert published == {"fct_trial_balances", "exceptions"}, (
        "no staging, and of the control store only what readers may see"
    )
    manifest = json.loads(publication.manifest.read_text())
    table = next(table for table in manifest["tables"] if table["name"] == "fct_trial_balances")
    assert table["rows"] == 2 and manifest["content_hash"] == publication.content_hash
    assert duckdb.sql(f"from '{publication.database.parent / 'current' / table['parquet']}'").fetchall() == rows_of(
        rows, build
    )


def rows_of(rows: list[tuple], build: Path) -> list[tuple]:
    with duckdb.connect(str(build), read_only=True) as connection:
        source = connection.execute("from canonical.fct_trial_balances").fetchall()
    return [(*row, *labelled[1:]) for row, labelled in zip(source, rows, strict=True)]


def test_the_content_hash_ignores_row_order_and_load_ids_but_not_a_cent(build: Path, tmp_path: Path):
    first = _publish(build, tmp_path, "r1").content_hash
    _fill(build, [(2, "L9", "-10.5000"), (1, "L9", "10.5000")])
    assert _publish(build, tmp_path, "r2").content_hash == first
    _fill(build, [(1, "L1", "10.5000"), (2, "L1", "-10.5001")])
    assert _publish(build, tmp_path, "r3").content_hash != first


def test_two_equal_rows_do_not_cancel_out_of_the_hash(build: Path, tmp_path: Path):
    _fill(build, [(1, "L1", "1.0000"), (1, "L1", "1.0000")])
    twice = _publish(build, tmp_path, "r1").content_hash
    _fill(build, [(2, "L1", "5.0000"), (2, "L1", "5.0000")])
    assert _publish(build, tmp_path, "r2").content_hash != twice


def test_without_a_passed_gate_nothing_is_written_and_the_old_version_stays(build: Path, tmp_path: Path):
    before = _publish(build, tmp_path, "r1")
    _fill(build, [])
    with pytest.raises(PublicationRefused, match="close gate has not passed"):
        _publish(build, tmp_path, "r2", passed=False)
    assert read_manifest(before.database.parent)["run_id"] == "r1"


def test_a_full_disk_leaves_the_previous_publication_and_says_what_to_do(build, tmp_path, monkeypatch):
    before = _publish(build, tmp_path, "r1")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "_write_durably", full)
    with pytest.raises(PublicationFailed, match="Free disk space"):
        _publish(build, tmp_path, "r2")
    assert read_manifest(before.database.parent)["run_id"] == "r1"
    assert [path.name for path in (tmp_path / "published" / "versions").iterdir()] == ["2026-09-30-r1"]


def test_a_reader_of_the_old_version_is_not_disturbed_by_the_next(build: Path, tmp_path: Path):
    first = _publish(build, tmp_path, "r1")
    with duckdb.connect(str(first.database), read_only=True) as reader:
        _fill(build, [(1, "L1", "7.0000")])
        _publish(build, tmp_path, "r2")
        assert reader.execute("select count(*) from canonical.fct_trial_balances").fetchone() == (2,)
    with duckdb.connect(str(first.database), read_only=True) as reader:
        assert reader.execute("select count(*) from canonical.fct_trial_balances").fetchone() == (1,)
