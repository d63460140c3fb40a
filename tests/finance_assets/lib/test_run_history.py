"""Dagster's run history keeps what it is told, in files that are opened once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dagster import AssetCheckResult, AssetCheckSpec, AssetKey, DagsterInstance, MaterializeResult, asset, materialize

from finance_assets.lib import run_history
from finance_assets.lib.run_history import RunHistory


@asset(check_specs=[AssetCheckSpec("balances", asset="ledger")])
def ledger() -> MaterializeResult:
    return MaterializeResult(check_results=[AssetCheckResult(passed=True)])


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    config = {
        "telemetry": {"enabled": False},
        "event_log_storage": {
            "module": "finance_assets.lib.run_history",
            "class": "RunHistory",
            "config": {"base_dir": str(tmp_path / "history")},
        },
    }
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(config))
    with DagsterInstance.from_config(str(tmp_path)) as opened:
        assert isinstance(opened.event_log_storage, RunHistory)
        yield opened


def test_a_run_can_be_read_back_by_whoever_opens_the_folder_next(instance: DagsterInstance, tmp_path: Path) -> None:
    run_id = materialize([ledger], instance=instance).run_id
    with DagsterInstance.from_config(str(tmp_path)) as later:
        kinds = {entry.dagster_event_type.value for entry in later.all_logs(run_id) if entry.is_dagster_event}
        assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS"} <= kinds
        assert later.get_latest_materialization_event(AssetKey("ledger")).run_id == run_id


def test_old_runs_do_not_stay_open(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_history, "FILES_KEPT_OPEN", 2)
    runs = [materialize([ledger], instance=instance).run_id for _ in range(3)]
    assert all(instance.all_logs(run_id) for run_id in runs)
    assert len(instance.event_log_storage._engines) <= 2
