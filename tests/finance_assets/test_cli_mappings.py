"""A gap is closed on the command line: suggested, proposed, seen in money, approved by somebody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.lib.settings import COMPANY_VARIABLE, DATA_DIR_VARIABLE, Settings

ANN, BOB = "ann@acme.example", "bob@acme.example"
KEY = "sap|CAEU|4900"
HEADER = (
    "source_instance,chart_code,source_account_id,group_account_code,valid_from,valid_to,proposed_by,approved_by,reason"
)
PUBLISHED = f"""
    create schema marts;
    create table marts.mart_control__exceptions as select 'id' as exception_id, 'unmapped_account' as exception_type,
        '{KEY}' as natural_key, 'Account 4900' as description, '{ANN}' as owner, 12.50::decimal(28, 4) as
        amount_at_risk_group, 'EUR' as group_currency;
    create table marts.mart_control__mapping_suggestions as select 'unmapped_account' as exception_type,
        '{KEY}' as natural_key, 1 as suggestion_rank, '410000' as member_code, 'Revenue' as like_name,
        0.9::decimal(5, 4) as likeness;
    create table marts.mart_control__mapped_amounts as from (values
        ('accounts', '{KEY}', 'UNMAPPED', '1010', date '2026-01-01', 'EUR', 10.00::decimal(28, 4)),
        ('accounts', '{KEY}', 'UNMAPPED', '1010', date '2026-02-01', 'EUR', 2.50::decimal(28, 4)),
        ('accounts', 'sap|CAEU|4100', '410000', '1010', date '2026-02-01', 'EUR', 99.00::decimal(28, 4))
    ) t (mapping_name, mapping_key, member_code, entity_code, period_month, currency_code, amount);
"""


@pytest.fixture
def mappings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mapping folder of a company with a published gap."""
    monkeypatch.setenv(COMPANY_VARIABLE, str(settings.company.path))
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(settings.data_dir.root))
    monkeypatch.setenv("FINANCE_USER", ANN)
    for name in ("accounts", "product_families", "stages", "customers", "bank_accounts", "cost_centres", "territories"):
        (settings.company.mappings / f"{name}.csv").unlink(missing_ok=True)
    (settings.company.mappings / "accounts.csv").write_text(f"{HEADER}\n")
    settings.data_dir.published.mkdir(parents=True)
    with duckdb.connect(str(settings.data_dir.published_file)) as connection:
        connection.execute(PUBLISHED)
    return settings.company.mappings


def call(*words: str) -> Result:
    return CliRunner().invoke(main, ["mappings", *words], env={"COLUMNS": "300"})


def told(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.output


def asked(*words: str) -> Any:
    return json.loads(told(*words, "--json"))


def test_help_teaches_the_way_of_a_mapping() -> None:
    assert "two" not in told("--help") and "somebody else" in told("--help")
    for command in ("gaps", "pending", "propose", "preview", "approve", "reject", "history"):
        assert command in told("--help") and "--json" in told(command, "--help")


def test_from_the_gap_to_the_approved_row(mappings: Path) -> None:
    [gap] = asked("gaps")
    assert (gap["mapping"], gap["natural_key"], gap["suggestions"][0]["member"]) == ("accounts", KEY, "410000")
    proposed = told("propose", "accounts", KEY, "--to", "410000", "--reason", "like its neighbour")
    assert "Together 12.50 EUR" in proposed and "somebody else approves" in proposed
    assert [row["key"] for row in asked("pending")] == [KEY]
    refused = call("approve", "accounts", KEY)
    assert refused.exit_code == 1 and "cannot approve it" in refused.output
    told("approve", "accounts", KEY, "--user", BOB)
    assert (mappings / "accounts.csv").read_text().splitlines()[1] == (
        f"sap,CAEU,4900,410000,2000-01-01,,{ANN},{BOB},like its neighbour"
    )
    assert [(row["event"], row["decided_by"]) for row in asked("history")] == [("proposed", ANN), ("approved", BOB)]


def test_a_proposal_moves_only_what_is_in_its_days(mappings: Path) -> None:
    told("propose", "accounts", KEY, "--to", "410000", "--reason", "new", "--from", "2026-02-01")
    moves = asked("preview", "accounts", KEY)["moves"]
    assert [(row["entity_code"], row["period_month"], row["moves_from"], row["amount"]) for row in moves] == [
        ("1010", "2026-02-01", "UNMAPPED", "2.5000")
    ]


def test_a_rejected_proposal_stays_in_the_history(mappings: Path) -> None:
    told("propose", "accounts", KEY, "--to", "410000", "--reason", "like its neighbour")
    told("reject", "accounts", KEY, "--user", BOB, "--reason", "it is a cost")
    assert (mappings / "accounts.csv").read_text() == f"{HEADER}\n"
    assert [(row["event"], row["reason"]) for row in asked("history")][-1] == ("rejected", "it is a cost")


def test_bad_input_is_named(mappings: Path) -> None:
    assert "did you mean 'accounts'" in call("preview", "acounts", KEY).output
    assert "lists them" in call("preview", "accounts", KEY).output
    assert "not COLUMN=VALUE" in call("propose", "accounts", KEY, "--to", "1", "--reason", "x", "--set", "a").output
