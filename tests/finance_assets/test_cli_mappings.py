"""A gap is closed on the command line: suggested, proposed, seen in money, approved by somebody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from finance_assets.cli import main
from finance_assets.cli.gap_keys import GapKeys, told_of_row
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
        '{KEY}' as natural_key, '{KEY}' as mapping_key, 1 as suggestion_rank, '410000' as member_code,
        'Revenue' as like_name, 0.9::decimal(5, 4) as likeness;
    create table marts.mart_control__mapping_gap_keys as select 'unmapped_account' as exception_type,
        '{KEY}' as natural_key, '{KEY}' as mapping_key, null::decimal(28, 4) as amount_group;
    create table marts.mart_control__mapping_keys as from (values
        ('accounts', '{KEY}', 'Sundry'), ('accounts', 'sap|CAEU|4100', 'Revenue'), ('cost_centres', 'sap|20', 'Paint'),
        ('stages', 'crm|Machine|Hold', null), ('stages', 'crm|*|Hold', null), ('stages', 'crm|Subscription|Hold', null)
    ) t (mapping_name, mapping_key, key_name);
    create table marts.mart_control__mapping_members as select 'cost_centres' as mapping_name, 'PAINT' as member_code;
    create schema canonical;
    create table canonical.approved_mapping_rows (mapping_name varchar, mapping_key varchar);
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
    (settings.company.mappings / "group_accounts.csv").unlink(missing_ok=True)
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
    for command in ("gaps", "pending", "propose", "preview", "approve", "reject", "withdraw", "history"):
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


def test_a_key_that_no_record_has_is_proposed_only_ahead_of_the_data(mappings: Path) -> None:
    typo = ("propose", "accounts", "sap|CAEU|4909", "--to", "410000", "--reason", "new")
    refused = call(*typo)
    assert refused.exit_code == 1 and '"sap|CAEU|4900" (Sundry)' in refused.output and "--ahead" in refused.output
    assert (mappings / "accounts.csv").read_text() == f"{HEADER}\n"
    told(*typo, "--ahead")
    assert call("approve", "accounts", "sap|CAEU|4909", "--user", BOB).exit_code == 1
    told("approve", "accounts", "sap|CAEU|4909", "--user", BOB, "--ahead")


def test_a_member_that_nothing_leads_to_is_proposed_only_ahead_of_the_data(mappings: Path) -> None:
    (mappings / "cost_centres.csv").write_text(
        "source_instance,source_cost_centre_id,group_cost_centre_code,valid_from,valid_to,proposed_by,approved_by,reason\n"
    )
    typo = ("propose", "cost_centres", "sap|20", "--reason", "paint shop", "--to")
    refused = call(*typo, "PAIMT")
    assert refused.exit_code == 1 and "the nearest are PAINT" in refused.output
    told(*typo, "paint")


def test_a_stage_is_proposed_as_the_screens_print_it(mappings: Path) -> None:
    (mappings / "stages.csv").write_text(
        "source_instance,record_type,stage_name,forecast_category,probability,valid_from,valid_to,proposed_by,approved_by,"
        "reason\n"
    )
    refused = call("propose", "stages", "crm|Hold", "--to", "commit", "--reason", "late")
    assert refused.exit_code == 1 and '"crm|Machine|Hold"' in refused.output
    for record_type in ("Machine", "Subscription"):
        key = f"crm|{record_type}|Hold"
        told("propose", "stages", key, "--to", "commit", "--set", "probability=80", "--reason", "late")
        told("approve", "stages", key, "--user", BOB)
    rows = [line.split(",")[1:7] for line in (mappings / "stages.csv").read_text().splitlines()[1:]]
    assert rows == [[kind, "Hold", "commit", "80", "2000-01-01", ""] for kind in ("Machine", "Subscription")]


def test_a_gap_says_what_to_type_and_then_what_it_waits_for(mappings: Path) -> None:
    command = f'finance mappings propose accounts "{KEY}" --to 410000'
    assert command in told("gaps") and "410000 (Revenue, 0.9000)" in told("gaps")
    told("propose", "accounts", KEY, "--to", "410000", "--reason", "like its neighbour")
    assert f"proposed to be 410000 by {ANN}" in told("gaps") and command not in told("gaps")
    assert f'finance mappings approve accounts "{KEY}"' in told("gaps")
    told("approve", "accounts", KEY, "--user", BOB)
    assert f"approved to be 410000 by {BOB}; counts from the next night on" in told("gaps")


def test_what_the_night_has_read_and_not_used_is_no_longer_waited_for(mappings: Path, settings: Settings) -> None:
    told("propose", "accounts", KEY, "--to", "410000", "--from", "2026-02-01", "--reason", "new")
    told("approve", "accounts", KEY, "--user", BOB)
    with duckdb.connect(str(settings.data_dir.published_file)) as connection:
        connection.execute(f"insert into canonical.approved_mapping_rows values ('accounts', '{KEY}|2026-02-01')")
    assert "410000 from 2026-02-01 on; this is on other days" in told("gaps")


def test_an_approved_row_is_taken_back_by_two(mappings: Path) -> None:
    told("propose", "accounts", KEY, "--to", "410000", "--reason", "like its neighbour")
    told("approve", "accounts", KEY, "--user", BOB)
    assert "finance mappings withdraw accounts" in call("reject", "accounts", KEY, "--reason", "wrong").output
    told("withdraw", "accounts", KEY, "--reason", "it is a cost")
    assert "410000, withdrawn" in told("pending")
    assert call("approve", "accounts", KEY).exit_code == 1
    assert "is withdrawn from 2000-01-01" in told("approve", "accounts", KEY, "--user", BOB)
    assert [line.split(",")[4:6] for line in (mappings / "accounts.csv").read_text().splitlines()[1:]] == [
        ["2000-01-01", "2000-01-01"]
    ] * 2
    assert f'finance mappings propose accounts "{KEY}"' in told("gaps"), "it is a gap again"


def test_an_exception_of_a_gap_says_what_to_type(mappings: Path, settings: Settings) -> None:
    keys = GapKeys(settings).of("unmapped_account", KEY)
    assert [(key.standing, key.command) for key in keys] == [
        (None, f'finance mappings propose accounts "{KEY}" --to 410000 --reason "…"')
    ]
    assert GapKeys(settings).of("missing_fx_rate", "closing|THB") == []


def test_a_row_that_is_not_used_says_how_it_goes_on(mappings: Path, settings: Settings) -> None:
    (mappings / "group_accounts.csv").write_text(
        "group_account_code,valid_from,valid_to,proposed_by,approved_by,reason\n410000,2024-01-01,,ann,bob,\n"
    )
    (mappings / "accounts.csv").write_text(f"{HEADER}\nsap,CAEU,4900,999999,2024-01-01,,ann,bob,by hand\n")
    (mappings / "product_families.csv").write_text(
        "source_instance,source_product_id,product_code,product_family_code,valid_from,valid_to,proposed_by,approved_by,"
        "reason\nsap,,P,MILLING,2024-01-01,,ann,,new\nsap,prod_1,,MILLING,2024-01-01,,ann,,new\n"
    )
    of_the_account = f"accounts|{KEY}|2024-01-01"
    standing, command = told_of_row(settings, of_the_account)
    assert "approved by bob and not used: group_accounts.csv has no group_account_code '999999'" in standing
    assert command == f'finance mappings withdraw accounts "{KEY}" --reason "…"'
    told("withdraw", "accounts", KEY, "--reason", "mistyped")
    assert told_of_row(settings, of_the_account)[0] == f"proposed to be withdrawn by {ANN}; waits for somebody else"
    told("approve", "accounts", KEY, "--user", BOB)
    assert "clears with the next night" in told_of_row(settings, of_the_account)[0]
    for row, key in (("sap||P", "sap|P"), ("sap|prod_1|", "sap|prod_1")):
        assert told_of_row(settings, f"product_families|{row}|2024-01-01")[1] == (
            f'finance mappings approve product_families "{key}"'
        )
    assert told_of_row(settings, "degradation_contracts|marts_close|crm|*|2026-01-01") is None
