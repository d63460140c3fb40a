"""Publication: one version swapped whole, labelled, hashed, refused without a passed gate."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finance_assets.lib import publish as publishing
from finance_assets.lib.publish import Label, PublicationFailed, PublicationRefused, publish, read_manifest

TRIAL_BALANCES = "canonical.fct_trial_balances"


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


def _publish(
    build: Path, folder: Path, run_id: str = "r1", passed: bool = True, day: int = 30, **handling: Any
) -> publishing.Publication:
    given = {"labels": {TRIAL_BALANCES: Label("degraded", "erp stale")}, "descriptions": {}, **handling}
    return publish(
        build, folder / "published", run_id=run_id, as_of=date(2026, 9, day), close_gate_passed=passed,
        facts={"code_version": "1"}, **given,
    )  # fmt: skip


def _hold(build: Path, folder: Path, run_id: str, day: int, why: str = "erp is 1 day old") -> publishing.Publication:
    return _publish(build, folder, run_id, day=day, labels={TRIAL_BALANCES: Label("held", why)}, held={TRIAL_BALANCES})


def _label(publication: publishing.Publication) -> tuple[Any, ...]:
    with duckdb.connect(str(publication.database), read_only=True) as connection:
        [row] = connection.execute(
            f"select count(*), any_value(data_status), any_value(data_status_detail) from {TRIAL_BALANCES}"
        ).fetchall()
    return row


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


def test_the_file_itself_says_what_its_tables_and_columns_mean(build: Path, tmp_path: Path):
    described = {TRIAL_BALANCES: "One row per account's month.", f"{TRIAL_BALANCES}.amount_local": "Debit > 0."}
    publication = _publish(build, tmp_path, descriptions=described)
    with duckdb.connect(str(publication.database), read_only=True) as connection:
        tables = connection.execute("select comment from duckdb_tables() where schema_name = 'canonical'").fetchall()
        columns = dict(
            connection.execute(
                "select column_name, comment from duckdb_columns() where schema_name = 'canonical'"
            ).fetchall()
        )
    assert tables == [("One row per account's month.",)]
    assert (columns["amount_local"], columns["id"]) == ("Debit > 0.", None)
    assert columns["data_status"].startswith("current, degraded")


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


def test_a_held_table_stays_as_it_was_published_night_after_night(build: Path, tmp_path: Path):
    _publish(build, tmp_path, "r28", day=28, labels={})
    totals = read_manifest(tmp_path / "published")["control_totals"][TRIAL_BALANCES]
    _fill(build, [(3, "L2", "99.0000")])
    assert _label(_hold(build, tmp_path, "r29", 29)) == (2, "held", "as of 2026-09-28: erp is 1 day old")
    held = _hold(build, tmp_path, "r30", 30, "erp is 2 days old")
    assert _label(held) == (2, "held", "as of 2026-09-28: erp is 2 days old")
    manifest = read_manifest(tmp_path / "published")
    [entry] = [table for table in manifest["tables"] if table["name"] == "fct_trial_balances"]
    assert (entry["as_of"], entry["data_status"], entry["rows"]) == ("2026-09-28", "held", 2)
    assert manifest["control_totals"][TRIAL_BALANCES] == totals, "of what is published, not of what was built"
    assert _hold(build, tmp_path, "r30b", 30, "erp is 2 days old").content_hash == held.content_hash
    assert _label(_publish(build, tmp_path, "r31", labels={})) == (1, "current", ""), "released by itself"


def test_a_held_table_keeps_what_was_said_of_it_when_it_was_built(build: Path, tmp_path: Path):
    _publish(build, tmp_path, "r28", day=28)
    _hold(build, tmp_path, "r29", 29)
    _, _, detail = _label(_hold(build, tmp_path, "r30", 30, "crm is 2 days old"))
    assert detail == "as of 2026-09-28, then erp stale: crm is 2 days old"


def test_a_held_table_that_was_never_published_is_withheld_and_named(build: Path, tmp_path: Path):
    publication = _hold(build, tmp_path, "r1", 30)
    assert publication.withheld == {TRIAL_BALANCES: "erp is 1 day old"}
    assert read_manifest(tmp_path / "published")["withheld"] == publication.withheld
    assert [table.name for table in publication.tables] == ["exceptions"], "the others are published"


def test_a_run_of_an_earlier_day_takes_nothing_over_from_a_later_one(build: Path, tmp_path: Path):
    _publish(build, tmp_path, "r30", day=30)
    assert list(_hold(build, tmp_path, "r29", 29).withheld) == [TRIAL_BALANCES]


def test_a_publication_from_before_tables_had_days_can_be_held(build: Path, tmp_path: Path):
    before = _publish(build, tmp_path, "r28", day=28)
    manifest = json.loads(before.manifest.read_text())
    for table in manifest["tables"]:
        del table["as_of"], table["built_detail"]
    before.manifest.write_text(json.dumps(manifest))
    _, _, detail = _label(_hold(build, tmp_path, "r29", 29))
    assert detail == "as of 2026-09-28, then erp stale: erp is 1 day old"


def test_the_rows_of_entities_left_out_are_not_published_and_all_others_are(build: Path, tmp_path: Path):
    with duckdb.connect(str(build)) as connection:
        connection.execute("alter table canonical.fct_trial_balances add column entity_code varchar")
        connection.execute("update canonical.fct_trial_balances set entity_code = 'it''s' where id = 1")
        connection.execute("insert into canonical.fct_trial_balances values (3, 'L1', 1, '2010')")
    publication = _publish(
        build,
        tmp_path,
        labels={TRIAL_BALANCES: Label("incomplete", "without it's")},
        left_out={TRIAL_BALANCES: {"it's"}},
    )
    with duckdb.connect(str(publication.database), read_only=True) as connection:
        rows = connection.execute(f"select id, entity_code, data_status from {TRIAL_BALANCES} order by 1").fetchall()
    assert rows == [(2, None, "incomplete"), (3, "2010", "incomplete")]
