"""A row of a mapping is proposed by one and approved by another, and no day has two answers."""

from __future__ import annotations

import ast
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dlt_sources.errors import ConfigurationError
from finance_assets.control.decisions import DecisionRefused
from finance_assets.lib.mapping_files import KINDS, AdjustmentFile, MappingFile
from finance_assets.lib.mappings import read_mappings
from finance_assets.lib.project import DBT_PROJECT

ACCOUNTS = KINDS["accounts"]
HEADER = (
    "source_instance,chart_code,source_account_id,group_account_code,valid_from,valid_to,proposed_by,approved_by,reason"
)
MAPPED = 'sap,CAEU,4100,410000,2024-01-01,,ann,bob,"revenue, spare parts"'
KEY, NEW = "sap|CAEU|4100", "sap|CAEU|4900"
START = date(2000, 1, 1)
MACROS = DBT_PROJECT / "macros" / "mappings.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "accounts.csv").write_text(f"{HEADER}\n{MAPPED}\n")
    return tmp_path


def accounts(folder: Path) -> MappingFile:
    return MappingFile(folder, ACCOUNTS, lambda: HEADER.split(","))


def lines(folder: Path) -> list[str]:
    return (folder / "accounts.csv").read_text().splitlines()


def test_a_proposal_waits_for_somebody_else(folder: Path) -> None:
    accounts(folder).propose(NEW, "410000", "ann", "like its neighbour", START, {})
    assert lines(folder) == [HEADER, MAPPED, "sap,CAEU,4900,410000,2000-01-01,,ann,,like its neighbour"]
    assert [row["source_account_id"] for row in accounts(folder).pending()] == ["4900"]
    with pytest.raises(DecisionRefused, match="ANN proposed it and cannot approve it"):
        accounts(folder).approve(NEW, "ANN")
    accounts(folder).approve(NEW, "bob")
    assert lines(folder)[2] == "sap,CAEU,4900,410000,2000-01-01,,ann,bob,like its neighbour"
    assert accounts(folder).pending() == []


def test_what_held_before_ends_on_the_day_the_new_row_begins(folder: Path) -> None:
    accounts(folder).propose(KEY, "420000", "ann", "reorganised", date(2026, 7, 1), {})
    assert lines(folder)[1] == MAPPED, "a proposal moves nothing"
    accounts(folder).approve(KEY, "bob")
    assert lines(folder)[1:] == [
        MAPPED.replace("2024-01-01,,", "2024-01-01,2026-07-01,"),
        "sap,CAEU,4100,420000,2026-07-01,,ann,bob,reorganised",
    ]


def test_what_never_should_have_held_is_withdrawn_and_stays_in_the_file(folder: Path) -> None:
    accounts(folder).propose(KEY, "420000", "ann", "wrong from the start", date(2024, 1, 1), {})
    accounts(folder).approve(KEY, "bob")
    assert lines(folder)[1:] == [
        MAPPED.replace("2024-01-01,,", "2024-01-01,2024-01-01,"),
        "sap,CAEU,4100,420000,2024-01-01,,ann,bob,wrong from the start",
    ]


def test_a_change_before_the_row_that_holds_is_refused(folder: Path) -> None:
    with pytest.raises(DecisionRefused, match="is mapped since 2024-01-01: a change begins on that day or later"):
        accounts(folder).propose(KEY, "420000", "ann", "reorganised", date(2023, 12, 31), {})
    assert lines(folder) == [HEADER, MAPPED]


def test_a_rejected_proposal_leaves_the_file_as_it_was(folder: Path) -> None:
    accounts(folder).propose(NEW, "410000", "ann", "like its neighbour", START, {})
    assert [row["proposed_by"] for row in accounts(folder).reject(NEW)] == ["ann"]
    assert lines(folder) == [HEADER, MAPPED]
    with pytest.raises(DecisionRefused, match="has no proposal for"):
        accounts(folder).reject(NEW)


def test_bad_input_is_named(folder: Path) -> None:
    with pytest.raises(DecisionRefused, match=r"it is written source_instance\|chart_code\|source_account_id"):
        accounts(folder).propose("4900", "410000", "ann", "why", START, {})
    with pytest.raises(DecisionRefused, match="--set cannot say 'approved_by'"):
        accounts(folder).propose(NEW, "410000", "ann", "why", START, {"approved_by": "bob"})
    with pytest.raises(DecisionRefused, match="a proposal needs a reason"):
        accounts(folder).propose(NEW, "410000", "ann", "  ", START, {})
    accounts(folder).propose(NEW, "410000", "ann", "why", START, {})
    with pytest.raises(DecisionRefused, match="has a proposal already"):
        accounts(folder).propose(NEW, "420000", "bob", "why", START, {})
    (folder / "accounts.csv").write_text("source_instance\n")
    with pytest.raises(ConfigurationError, match="column 'chart_code' is missing"):
        accounts(folder)


def test_a_new_file_is_one_that_the_night_reads(tmp_path: Path) -> None:
    kind = KINDS["stages"]
    columns = [
        "source_instance",
        "record_type",
        "stage_name",
        "forecast_category",
        "probability",
        "valid_from",
        "valid_to",
    ]
    columns += ["proposed_by", "approved_by", "reason"]
    stages = MappingFile(tmp_path, kind, lambda: columns)
    stages.propose("crm|*|Security Review", "commit", "ann", "nearly won", START, {"probability": "80"})
    table = read_mappings(tmp_path, {"stages": columns})["stages"]
    assert table.to_pylist() == [
        {
            "source_instance": "crm",
            "record_type": "*",
            "stage_name": "Security Review",
            "forecast_category": "commit",
            "probability": "80",
            "valid_from": "2000-01-01",
            "valid_to": None,
            "proposed_by": "ann",
            "approved_by": None,
            "reason": "nearly won",
        }
    ]


GROUP_CHART = """
group_account_code,group_account_name,valid_from,valid_to,proposed_by,approved_by,reason
410000,Revenue,2024-01-01,,ann,bob,
411000,Spare parts,2024-01-01,2025-01-01,ann,bob,
412000,Freight,2024-01-01,2024-01-01,ann,bob,withdrawn
413000,Rebates,2024-01-01,,ann,,
""".lstrip()


@pytest.mark.parametrize(
    ("member", "valid_from", "refusal"),
    [
        ("419999", START, r"has no group_account_code '419999'; the nearest are 411000 \(Spare parts\), 410000"),
        ("411000", date(2025, 1, 1), "'411000' on other days only .from 2024-01-01 until 2025-01-01"),
        ("412000", START, "has no group_account_code '412000'"),
        ("413000", START, "has no group_account_code '413000'"),
    ],
)
def test_a_member_that_the_company_does_not_list_is_refused(
    folder: Path, member: str, valid_from: date, refusal: str
) -> None:
    (folder / "group_accounts.csv").write_text(GROUP_CHART)
    with pytest.raises(DecisionRefused, match=refusal):
        accounts(folder).propose(NEW, member, "ann", "why", valid_from, {})
    assert lines(folder) == [HEADER, MAPPED]
    # Written by hand, it is not approved either.
    with (folder / "accounts.csv").open("a") as file:
        file.write(f"sap,CAEU,4900,{member},{valid_from},,ann,,why\n")
    with pytest.raises(DecisionRefused, match=refusal):
        accounts(folder).approve(NEW, "bob")


def test_a_member_that_is_listed_on_some_of_its_days_is_taken(folder: Path) -> None:
    (folder / "group_accounts.csv").write_text(GROUP_CHART)
    assert accounts(folder).propose(NEW, "411000", "ann", "why", START, {})["valid_to"] == ""


def test_what_a_mapping_can_say_is_checked(tmp_path: Path) -> None:
    columns = [*KINDS["stages"].key, "forecast_category", "probability", "valid_from", "valid_to", "proposed_by"]
    stages = MappingFile(tmp_path, KINDS["stages"], lambda: [*columns, "approved_by", "reason"])
    with pytest.raises(DecisionRefused, match="forecast_category 'sure' is not one of pipeline, best_case"):
        stages.propose("crm|*|Hold", "sure", "ann", "why", START, {})
    for probability in ("abc", "101", "-1"):
        with pytest.raises(DecisionRefused, match=f"probability '{probability}' is a number from 0 to 100"):
            stages.propose("crm|*|Hold", "commit", "ann", "why", START, {"probability": probability})
    kind = KINDS["bank_accounts"]
    columns = [*kind.key, kind.member, "entity_code", "valid_from", "valid_to", "proposed_by", "approved_by", "reason"]
    with pytest.raises(DecisionRefused, match="entity_code is missing: --set entity_code=…"):
        MappingFile(tmp_path, kind, lambda: columns).propose("bank|1", "1100", "ann", "why", START, {})


def test_a_stage_of_one_record_type_leaves_those_of_others(tmp_path: Path) -> None:
    columns = [
        *KINDS["stages"].key,
        "forecast_category",
        "valid_from",
        "valid_to",
        "proposed_by",
        "approved_by",
        "reason",
    ]
    stages = MappingFile(tmp_path, KINDS["stages"], lambda: columns)
    for record_type in ("Machine", "Subscription"):
        stages.propose(f"crm|{record_type}|Hold", "commit", "ann", "why", START, {})
        stages.approve(f"crm|{record_type}|Hold", "bob")
    assert [(row["record_type"], row["valid_to"]) for row in stages.rows()] == [("Machine", ""), ("Subscription", "")]


def test_a_number_is_the_same_however_it_is_padded(folder: Path) -> None:
    accounts(folder).propose("sap|CAEU|0004100", "420000", "ann", "reorganised", date(2026, 7, 1), {})
    accounts(folder).approve("sap|CAEU|0004100", "bob")
    assert lines(folder)[1] == MAPPED.replace("2024-01-01,,", "2024-01-01,2026-07-01,")


def test_an_approved_row_is_withdrawn_by_two(folder: Path) -> None:
    accounts(folder).withdraw(KEY, "ann", "never was revenue")
    assert lines(folder)[1] == MAPPED, "until somebody else approves it"
    with pytest.raises(DecisionRefused, match="cannot approve it"):
        accounts(folder).approve(KEY, "ann")
    accounts(folder).approve(KEY, "bob")
    assert lines(folder)[1:] == [
        MAPPED.replace("2024-01-01,,", "2024-01-01,2024-01-01,"),
        "sap,CAEU,4100,410000,2024-01-01,2024-01-01,ann,bob,never was revenue",
    ]
    with pytest.raises(DecisionRefused, match="there is nothing to withdraw"):
        accounts(folder).withdraw(KEY, "ann", "again")
    accounts(folder).propose(KEY, "420000", "ann", "the right one", START, {})
    assert accounts(folder).approve(KEY, "bob")[0]["valid_from"] == "2000-01-01"


def test_a_row_may_hold_until_a_day(folder: Path) -> None:
    with pytest.raises(DecisionRefused, match="is mapped since 2024-01-01"):
        accounts(folder).withdraw(KEY, "ann", "closed", date(2023, 1, 1))
    accounts(folder).withdraw(KEY, "ann", "closed", date(2026, 7, 1))
    accounts(folder).approve(KEY, "bob")
    assert lines(folder)[1] == MAPPED.replace("2024-01-01,,", "2024-01-01,2026-07-01,")


def test_what_is_approved_is_not_rejected(folder: Path) -> None:
    with pytest.raises(DecisionRefused, match="take it back with finance mappings withdraw accounts"):
        accounts(folder).reject(KEY)


BOOKS = {"entity_code": "1010", "ledger_code": "0L", "local_currency": "EUR"}
BONUS = [("520000", Decimal("10.50")), ("240000", Decimal("-10.50"))]
DAYS = (date(2026, 9, 30), date(2026, 10, 1))
JOURNAL = """
adjustment_code,line_number,entity_code,ledger_code,group_account_code,amount_local,local_currency,valid_from,valid_to,proposed_by,approved_by,reason
A,1,1010,0L,520000,10.50,EUR,2026-09-30,2026-10-01,ann,{by},bonus
A,2,1010,0L,240000,-10.50,EUR,2026-09-30,2026-10-01,ann,{by},bonus
""".lstrip()


def adjustments(folder: Path) -> AdjustmentFile:
    return AdjustmentFile(folder, lambda: JOURNAL.splitlines()[0].split(","))


def test_a_journal_is_proposed_and_approved_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "adjustments.csv"
    adjustments(tmp_path).propose("A", BOOKS, BONUS, DAYS, "ann", " bonus ")
    assert file.read_text() == JOURNAL.format(by="")
    with pytest.raises(DecisionRefused, match="Ann proposed it and cannot approve it"):
        adjustments(tmp_path).approve("A", "Ann")
    assert len(adjustments(tmp_path).approve("A", "bob")) == 2
    assert file.read_text() == JOURNAL.format(by="bob")
    assert adjustments(tmp_path).pending() == []


def test_a_rejected_journal_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    adjustments(tmp_path).propose("A", BOOKS, BONUS, DAYS, "ann", "bonus")
    adjustments(tmp_path).propose("B", BOOKS, BONUS, DAYS, "ann", "bonus")
    assert len(adjustments(tmp_path).reject("B")) == 2
    assert (tmp_path / "adjustments.csv").read_text() == JOURNAL.format(by="")


@pytest.mark.parametrize(
    ("code", "lines", "days", "reason", "refusal"),
    [
        ("A", BONUS, DAYS, "again", "exists already"),
        ("B", [*BONUS, ("520000", Decimal("0.01"))], DAYS, "off", r"\+0.01 is left over"),
        ("B", [], DAYS, "empty", "needs two lines or more"),
        ("B", [*BONUS, ("520000", Decimal(0))], DAYS, "nothing", "each with an amount"),
        ("B", BONUS, (DAYS[0], DAYS[0]), "same day", "must be taken back after 2026-09-30"),
        ("B", BONUS, DAYS, " ", "needs a reason"),
    ],
)
def test_a_journal_that_cannot_count_is_refused(
    tmp_path: Path, code: str, lines: list[tuple[str, Decimal]], days: tuple[date, date], reason: str, refusal: str
) -> None:
    adjustments(tmp_path).propose("A", BOOKS, BONUS, DAYS, "ann", "bonus")
    with pytest.raises(DecisionRefused, match=refusal):
        adjustments(tmp_path).propose(code, BOOKS, lines, days, "ann", reason)
    assert (tmp_path / "adjustments.csv").read_text() == JOURNAL.format(by="")


def test_two_records_are_told_apart_by_the_key_of_their_case(tmp_path: Path) -> None:
    kind = KINDS["customer_separations"]
    header = [*kind.key, "decision", "valid_from", "valid_to", "proposed_by", "approved_by", "reason"]
    file = MappingFile(tmp_path, kind, lambda: header)
    with pytest.raises(
        DecisionRefused, match=r"written source_instance\|source_customer_id\|other_instance\|other_customer"
    ):
        file.propose("crm|001A", "different", "ann", "sisters", START, {})
    file.propose("crm|001A|sap|100011", "different", "ann", "sisters", START, {})
    assert [row["approved_by"] for row in file.approve("crm|001A|sap|100011", "bob")] == ["bob"]
    assert (tmp_path / "customer_separations.csv").read_text().splitlines() == [
        ",".join(header),
        "crm,001A,sap,100011,different,2000-01-01,,ann,bob,sisters",
    ]


def said_in_dbt(macro: str) -> dict[str, Any]:
    """What a macro returns that is a table of names and nothing else."""
    [table] = re.findall(rf"macro {macro}\(\).*?return\((\{{.*?\n    \}})\)", MACROS.read_text(), re.DOTALL)
    return ast.literal_eval(table)


def test_the_commands_name_rows_and_members_as_the_night_does() -> None:
    keys, members = said_in_dbt("mapping_keys"), said_in_dbt("mapping_members")
    for kind in KINDS.values():
        assert list(kind.row_key or kind.key) == keys[kind.name]
        listed = members.get(kind.name, {"column": kind.member, "listed_in": ""})
        assert (kind.member, kind.listed_in) == (listed["column"], listed["listed_in"])
        for value in kind.values:
            assert f"'{value}'" in MACROS.read_text()
    assert members.keys() <= KINDS.keys()
