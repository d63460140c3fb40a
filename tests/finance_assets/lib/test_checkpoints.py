"""Breaking any checkpoint stops there: what is behind it stays as it was, and the message says what does not tie."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finance_assets.control.store import SuiteResult
from finance_assets.lib import handover, landing, transform
from finance_assets.lib.checkpoints import recording
from finance_assets.lib.dbt_manifest import STEPS
from finance_assets.lib.failures import CheckpointBroken
from finance_assets.lib.handover import publish_night
from finance_assets.lib.landing import land_instances
from finance_assets.lib.night import Night
from finance_assets.lib.publish import _Writer, read_manifest
from finance_assets.lib.settings import Settings
from finance_assets.lib.transform import Dbt
from finance_assets.lib.unchanged import building
from finance_assets.lib.warehouse import expose
from tests.finance_assets.conftest import BeginNight
from tests.finance_assets.fakes import GOOD_RATES, FakeSources
from tests.finance_assets.small_project import CANONICAL, MART, STAGING, small_project

MONDAY, TUESDAY = date(2026, 9, 28), date(2026, 9, 29)
NEWER_RATES = [("2026-09-29", "USD", "1.2"), ("2026-09-29", "JPY", "165"), ("2026-09-29", "CHF", "0.93")]


@dataclass
class Company:
    """Nights of a small company, whole: landed, exposed, built in dbt's steps, published."""

    settings: Settings
    begin: BeginNight
    project: Path
    meanwhile: Callable[[Night], None] = lambda night: None

    def night(self, as_of: date) -> str:
        """Run it; return its run id."""
        with self.begin(as_of) as night, night.step("all"):
            list(land_instances(night, lambda *_: None))
            self.meanwhile(night)
            dbt = Dbt(night.company, night.data_dir)
            manifest = dbt.manifest()
            expose(night, manifest)
            for step in STEPS:
                tables, tested = manifest.tables(step), set()
                with (
                    recording(night, manifest, step, tested),
                    building(night.data_dir.build_file, manifest, tables, dbt.code, as_of) as changed,
                ):
                    for result in dbt.build(as_of, {*changed, *manifest.tests(step, changed)}):
                        tested.add(result.unique_id)
            night.store.record_close_gate(night.run_id, [SuiteResult("reconciliation.x", 1, True)])
            publish_night(night, manifest)
            return night.run_id

    def edit(self, model: str, sql: str) -> None:
        (self.project / model).write_text(sql)

    def checkpoints(self, run_id: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.settings.open_store().checkpoints(run_id)]


@pytest.fixture
def company(
    settings: Settings, begin: BeginNight, sources: FakeSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Company:
    """The company after a good night; its source has a further currency since."""
    project = small_project(tmp_path / "project")
    monkeypatch.setattr(transform, "DBT_PROJECT", project)
    monkeypatch.setattr(handover, "read_degradations", lambda *_: [])
    # The small project has neither customers nor mappings.
    monkeypatch.setattr(handover, "_remember", lambda _: None)
    company = Company(settings, begin, project)
    company.night(MONDAY)
    sources.rates = {"ecb": NEWER_RATES, "ecb_mirror": NEWER_RATES}
    return company


def test_a_good_night_keeps_rows_and_money_of_every_checkpoint(company: Company) -> None:
    run_id = company.night(TUESDAY)
    rows = company.checkpoints(run_id)
    assert {row["checkpoint"] for row in rows} == {"extract", "staging", "canonical", "mart", "publish"}
    assert all(row["is_passed"] and row["finding"] is None for row in rows)
    ties = {
        (row["checkpoint"], row["subject"], row["source_instance"], row["currency_code"]): (
            row["rows_in"], row["rows_out"], row["amount_in"], row["amount_out"],
        )
        for row in rows
    }  # fmt: skip
    assert ties["extract", "land_ecb.rates", "ecb", None] == (3, 3, None, None)
    assert ties["staging", "staging.stg_ecb__rates", "ecb_mirror", None][:2] == (3, 3)
    one_rate = ties["canonical", "canonical.fct_rates", "ecb", "CHF"]
    assert one_rate[:2] == (1, 1) and one_rate[2] == one_rate[3] and str(one_rate[2]) == "0.9300"
    assert str(ties["mart", "marts.mart_rates", None, "CHF"][3]) == "1.8600"
    assert ties["publish", "marts.mart_rates", None, None][:2] == (6, 6)
    with duckdb.connect(str(company.settings.data_dir.published_file), read_only=True) as connection:
        shown = connection.execute(
            "select checkpoint, count(*) from control.checkpoints where run_id = ? group by 1", [run_id]
        ).fetchall()
    counted = {name: sum(row["checkpoint"] == name for row in rows) for name in {row["checkpoint"] for row in rows}}
    assert dict(shown) == counted, "readers see the checkpoints of the night they read, the publication's included"


def test_what_is_not_built_again_still_has_its_checkpoints(company: Company, sources: FakeSources) -> None:
    before, again = company.night(TUESDAY), company.night(TUESDAY)

    def of(run_id: str) -> list[str]:
        # Instances are landed side by side: which comes first is chance.
        return sorted(str(tuple(row.values())[2:-1]) for row in company.checkpoints(run_id))

    assert of(before) == of(again)
    manifest = read_manifest(company.settings.data_dir.published)
    assert manifest["content_hash"] == company.settings.open_store().run(before)["content_hash"]


def lose_a_landed_row(night: Night) -> None:
    with duckdb.connect(str(night.data_dir.landing_file("ecb"))) as connection:
        connection.execute("delete from land_ecb.rates where currency = 'CHF'")


STOPS = {
    "landing file": ("staging", "target", "3 rows of rates were landed, but 2 are in the landing file", "a backup"),
    "staging": (
        "staging",
        "transform",
        "3 rows are current in landing, 2 are accepted and 0 rejected",
        "stg_ecb__rates",
    ),
    "canonical": ("canonical", "transform", "1 rows and 0.9300 before, 0 rows and 0.0000 after", "canonical.fct_rates"),
    "mart": ("mart", "transform", "2 rows and 1.8600 before, 2 rows and 0.0000 after", "marts.mart_rates"),
    "publish": ("publish", "target", "6 rows, amount_rate 334.2600 / 0 before publication, 5 rows", "the disk"),
}


@pytest.mark.parametrize("broken", STOPS)
def test_a_broken_checkpoint_stops_the_night_there(
    company: Company, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint, failure_class, said, next_step = STOPS[broken]
    breaking: dict[str, Callable[[], None]] = {
        "landing file": lambda: setattr(company, "meanwhile", lose_a_landed_row),
        "staging": lambda: company.edit(
            STAGING,
            (company.project / STAGING).read_text()
            + " inner join (select 'USD' as known union all select 'JPY') as known on rates.currency = known.known",
        ),
        "canonical": lambda: company.edit(
            CANONICAL, "select rates.* from {{ ref('stg_ecb__rates') }} as rates "
            "inner join (values ('USD'), ('JPY')) as known(code) on rates.currency_code = known.code",
        ),
        "mart": lambda: company.edit(
            MART, "select * replace (case when currency_code = 'CHF' then 0 else amount_rate end::decimal(28, 4) as "
            "amount_rate) from {{ ref('fct_rates') }}",
        ),
        "publish": lambda: monkeypatch.setattr(_Writer, "_finish", losing_a_row),
    }  # fmt: skip
    before = read_manifest(company.settings.data_dir.published)
    breaking[broken]()
    with pytest.raises(CheckpointBroken, match=f"{checkpoint} checkpoint broken") as raised:
        company.night(TUESDAY)
    assert said in str(raised.value) and next_step in str(raised.value).partition("Next: ")[2]
    assert read_manifest(company.settings.data_dir.published) == before, "the last publication stays"

    store = company.settings.open_store()
    run = store.latest_run()
    assert (run["outcome"], run["failure_class"]) == ("failed", failure_class) and said in run["reason"]
    found = company.checkpoints(run["run_id"])
    assert {row["checkpoint"] for row in found if not row["is_passed"]} == {checkpoint}
    # dbt builds staging and canonical in one step: behind it nothing is built, and nothing counted.
    behind = {"staging": {"mart", "publish"}, "canonical": {"mart", "publish"}, "mart": {"publish"}, "publish": set()}
    assert behind[checkpoint].isdisjoint(row["checkpoint"] for row in found)
    with duckdb.connect(str(company.settings.data_dir.build_file), read_only=True) as connection:
        mart = {row[0] for row in connection.execute("select currency_code from marts.mart_rates").fetchall()}
    assert ("CHF" in mart) == (checkpoint in ("mart", "publish")), "the next step was not begun"
    [incident] = [row for row in store.open_incidents() if row["subject"] == "the night"]
    assert incident["failure_class"] == failure_class and incident["owner"] == "Finance Integration"


_finish = _Writer._finish


def losing_a_row(writer: Any, connection: Any, schema: str, name: str, *rest: Any) -> Any:
    if name == "mart_rates":
        connection.execute("delete from marts.mart_rates where rowid = 0")
    return _finish(writer, connection, schema, name, *rest)


def test_a_broken_extract_checkpoint_rejects_the_load_and_the_night_goes_on_without_it(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = landing.source_rows
    monkeypatch.setattr(
        landing,
        "source_rows",
        lambda source: {name: rows + (source.name == "ecb") for name, rows in counted(source).items()},
    )
    run_id = company.night(TUESDAY)
    store = company.settings.open_store()
    assert store.run(run_id)["outcome"] == "degraded"
    load = store.loads_of_run(run_id)["ecb"]
    assert (load["status"], load["failure_class"]) == ("rejected", "target")
    assert "land_ecb.rates: 4 rows were extracted, but 3 were landed" in load["reason"]
    assert {status.source_instance: status.state for status in store.source_status(run_id)} == {
        "ecb": "stale",
        "ecb_mirror": "current",
    }
    manifest = json.loads((company.settings.data_dir.published / "manifest.json").read_text())
    assert manifest["run_id"] == run_id
    with duckdb.connect(str(company.settings.data_dir.published_file), read_only=True) as connection:
        rates = connection.execute("select source_instance, count(*) from canonical.fct_rates group by all").fetchall()
    assert dict(rates) == {"ecb": len(GOOD_RATES), "ecb_mirror": len(NEWER_RATES)}


def test_the_money_that_a_checkpoint_misses_is_in_the_alert(company: Company) -> None:
    company.edit(MART, "select * from {{ ref('fct_rates') }} where currency_code <> 'CHF'")
    with pytest.raises(CheckpointBroken):
        company.night(TUESDAY)
    alerts = [json.loads(line) for line in company.settings.data_dir.alerts_file.read_text().splitlines()]
    assert (alerts[-1]["amount"], alerts[-1]["currency_code"]) == ("1.8600", "CHF")
