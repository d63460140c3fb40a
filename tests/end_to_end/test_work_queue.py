"""Two nights of the sandbox company with a day of work between them: what was cured clears, what was not comes back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.end_to_end.conftest import SANDBOX, Platform

NEXT_NIGHT = "2026-10-01"


@pytest.fixture
def platform(errors_company: Platform, tmp_path: Path) -> Platform:
    """The company with its errors after one night, and mappings of its own to correct."""
    shutil.copytree(errors_company.folder / "data", tmp_path / "data", symlinks=True)
    shutil.copytree(SANDBOX / "mappings", tmp_path / "mappings")
    company = yaml.safe_load(errors_company.company_file.read_text())
    (tmp_path / "company.yaml").write_text(yaml.safe_dump({**company, "mappings": "mappings"}, sort_keys=False))
    return Platform(tmp_path, tmp_path / "company.yaml", {"FINANCE_USER": "ann"})


def exceptions(platform: Platform, *words: str) -> Any:
    command, *rest = words
    done = platform.call("exceptions", command, "--company", str(platform.company_file), "--json", *rest)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def mappings(platform: Platform, *words: str) -> Any:
    command, *rest = words
    done = platform.call("mappings", command, "--company", str(platform.company_file), "--json", *rest)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_day_of_work_between_two_nights(platform: Platform) -> None:
    queue = exceptions(platform, "list")
    ids = {
        kind: [row["exception_id"] for row in queue if row["type"] == kind] for kind in {row["type"] for row in queue}
    }
    cured = next(row for row in queue if row["type"] == "unmapped_account")
    claimed, accepted = ids["invoice_not_posted"][0], ids["customer_hierarchy_conflict"][0]

    _map_account(platform, cured["natural_key"])
    mistyped = _map_to_a_family_of_nobody(platform, ids["unmapped_product"][0])
    _route(platform, "duplicate_contract", "legal@meridian.example")
    forged = _change_under_the_same_names(platform)
    for exception_id in (cured["exception_id"], claimed, accepted):
        exceptions(platform, "assign", exception_id)
    exceptions(platform, "resolve", claimed, "--reason", "posted")
    exceptions(platform, "waive", accepted, "--until", NEXT_NIGHT, "--reason", "is being clarified")
    exceptions(platform, "approve", accepted, "--user", "bob")

    platform.run("--as-of", NEXT_NIGHT)

    after = {row["exception_id"]: row for row in exceptions(platform, "list", "--all")}
    assert len(after) >= len(queue), "none is lost"
    assert after[cured["exception_id"]]["status"] == "cleared"
    assert after[claimed]["status"] == "reopened"
    assert after[accepted]["status"] == "waived"
    assert {after[each]["owner"] for each in ids["duplicate_contract"]} == {"legal@meridian.example"}
    assert all(after[row["exception_id"]]["first_seen"] == row["first_seen"] for row in queue)

    assert [row["natural_key"] for row in after.values() if row["type"] == "mapping_rewritten"] == [forged]
    assert [row["natural_key"] for row in after.values() if row["type"] == "mapping_not_used"] == [mistyped]
    assert after[ids["unmapped_product"][0]]["status"] == "open", "no money moves to a family that nobody keeps"

    published = platform.query("select exception_id, status, assignee from control.exceptions")
    assert {row["exception_id"]: row["status"] for row in published} == {
        key: row["status"] for key, row in after.items()
    }
    told = platform.query(
        "select event, changed_by, from_status, to_status from control.exception_history "
        f"where exception_id = '{claimed}' and event not like 'sla%' order by change_number"
    )
    assert [tuple(line.values()) for line in told] == [
        ("opened", "night", None, "open"),
        ("assigned", "ann", "open", "assigned"),
        ("resolved", "ann", "assigned", "resolved"),
        ("reopened", "night", "resolved", "reopened"),
    ]
    marts = platform.query("select exception_id, is_overdue from marts.mart_control__exceptions where is_overdue")
    assert marts, "what is due in one business day is overdue after two nights"
    alerts = [
        json.loads(line) for line in (platform.folder / "data" / "logs" / "alerts.jsonl").read_text().splitlines()
    ]
    tonight = [alert for alert in alerts if alert["as_of"] == NEXT_NIGHT]
    told_of = [exception_id for alert in tonight for exception_id in alert["exception_ids"]]
    assert len(told_of) == len(set(told_of)), "an exception is told of once a night"
    assert {"reopened", "overdue"} <= {alert["kind"] for alert in tonight}
    assert accepted not in told_of


def _map_account(platform: Platform, natural_key: str) -> None:
    """Map the account as `mappings gaps` suggests, proposed and approved by two."""
    [gap] = [gap for gap in mappings(platform, "gaps") if gap["key"] == natural_key]
    member = gap["suggestions"][0]["member"]
    mappings(platform, "propose", "accounts", natural_key, "--to", member, "--reason", "cured")
    mappings(platform, "approve", "accounts", natural_key, "--user", "bob")


def _map_to_a_family_of_nobody(platform: Platform, exception_id: str) -> str:
    """Map the product of an exception by hand to a family that is on no list; return what the queue calls the row."""
    instance, product = exceptions(platform, "show", exception_id)["exception"]["natural_key"].split("|")
    with (platform.folder / "mappings" / "product_families.csv").open("a") as lines:
        lines.write(f"{instance},,{product},MILING,2024-01-01,,ann,bob,mistyped\n")
    return f"product_families|{instance}||{product}|2024-01-01"


def _route(platform: Platform, exception_type: str, owner: str) -> None:
    """Give an exception to somebody else from the next night on."""
    file = platform.folder / "mappings" / "owners.csv"
    lines = [line.split(",") for line in file.read_text().splitlines()]
    now = [line for line in lines if line[0] == exception_type]
    ended = [[*line[:4], NEXT_NIGHT, *line[5:]] if line in now else line for line in lines]
    routed = [[*line[:2], owner, NEXT_NIGHT, "", *line[5:]] for line in now]
    file.write_text("\n".join(",".join(line) for line in [*ended, *routed]) + "\n")


def _change_under_the_same_names(platform: Platform) -> str:
    """Change what two people approved, as if they had approved that; return what the queue calls it."""
    file = platform.folder / "mappings" / "stages.csv"
    lines = file.read_text().splitlines()
    place = next(place for place, line in enumerate(lines) if ",Negotiation," in line)
    instance, record_type, stage, category, *_ = lines[place].split(",")
    lines[place] = lines[place].replace(f",{category},", ",omitted,")
    file.write_text("\n".join(lines) + "\n")
    return f"stages|{instance}|{record_type}|{stage}|2024-01-01"
