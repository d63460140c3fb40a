"""The harness of `make mutate`: it names the right control, takes nothing else for killed, and undoes what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.end_to_end.conftest import Platform
from tests.mutate import data_mutants, sql_mutants
from tests.mutate.__main__ import summary, try_data, try_sql
from tests.mutate.data_mutants import DataMutant
from tests.mutate.killers import DOES_NOT_BUILD, LANDING_GATE, UNIT_TEST, Verdict
from tests.mutate.night import KeptNight
from tests.mutate.sql_mutants import SqlMutant

# Minutes for what changes seldom.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def night(errors_company: Platform, tmp_path_factory: pytest.TempPathFactory) -> KeptNight:
    return KeptNight(errors_company.company_file, errors_company.folder / "data", tmp_path_factory.mktemp("mutants"))


@pytest.fixture(scope="module")
def verdicts(night: KeptNight) -> dict[str, Verdict]:
    """What becomes of a mutant of each kind."""
    return {verdict.name: verdict for verdict in [*try_data(night, DATA), *try_sql(night, list(_sql(night)))]}


def _journal(name: str, change: str) -> DataMutant:
    return DataMutant(name, "set", "sap_group", "journal_lines", (f"update {{table}} set {change}",))


DATA = [
    _journal("unknown side", "\"DebitCreditCode\" = 'X' where rowid = 1"),
    _journal("a cent", '"AmountInCompanyCodeCurrency" = \'0.01\' where rowid = 1'),
    DataMutant(
        "no document", "drop", "sap_group", "journal_lines",
        ('delete from {table} where "AccountingDocument" = (select min("AccountingDocument") from {table})',),
    ),
    DataMutant("no dollars", "drop", "ecb", "rates", ("delete from {table} where currency = 'USD'",)),
    _journal("another text", "\"DocumentItemText\" = 'changed' where rowid = 1"),
    _journal("nobody reads it", "\"AccountingDocCreatedByUser\" = 'SOMEBODY' where rowid = 1"),
    _journal("concerns nothing", "\"DocumentItemText\" = 'changed' where false"),
]  # fmt: skip


def _sql(night: KeptNight) -> Iterator[SqlMutant]:
    def changed(name: str, model: str, find: str, instead: str) -> SqlMutant:
        unique_id = f"model.finance.{model}"
        code = night.models[unique_id]["raw_code"]
        assert find in code
        return SqlMutant(name, "picked", unique_id, code.replace(find, instead, 1))

    yield changed("tax without tax", "rec_billing_to_erp", "                and left_amount <> right_amount\n", "")
    yield changed("no SQL", "fct_reconciliations", "select * from final", "select * from nothing")
    yield changed("the same", "fct_reconciliations", "select * from final", "select * from final where true")


@pytest.mark.parametrize(
    ("name", "state", "killer", "finding"),
    [
        ("unknown side", "killed at run time", LANDING_GATE, "DebitCreditCode"),
        ("a cent", "killed at run time", "dbt test", "sums_to_zero"),
        ("no document", "killed at run time", "control totals", "ledger_completeness"),
        ("no dollars", "killed at run time", "new exception", "missing_fx_rate"),
        ("tax without tax", "killed by a unit test", UNIT_TEST, "every_outcome_has_its_cause"),
    ],
)
def test_each_mutant_is_killed_by_the_control_that_is_there_for_it(
    verdicts: dict[str, Verdict], name: str, state: str, killer: str, finding: str
) -> None:
    verdict = verdicts[name]
    assert (verdict.state, verdict.killer) == (state, killer)
    assert finding in verdict.killed_by[killer][0]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("another text", "survived"),
        ("nobody reads it", "reaches no reader"),
        ("the same", "no effect"),
        ("no SQL", "stillborn"),
        ("concerns nothing", "broken"),
    ],
)
def test_what_no_control_sees_is_not_taken_for_killed(verdicts: dict[str, Verdict], name: str, state: str) -> None:
    assert verdicts[name].state == state and not set(verdicts[name].killed_by) - {DOES_NOT_BUILD}


def test_a_survivor_says_what_differs_and_only_real_mutants_count(verdicts: dict[str, Verdict]) -> None:
    assert "canonical.fct_journal_lines" in verdicts["another text"].different
    told = summary(list(verdicts.values()))
    assert told["counted"] == 6 and told["killed_at_run_time"] == 4 and told["rate"] == round(5 / 6, 4)


def test_what_a_mutant_did_is_undone(night: KeptNight, verdicts: dict[str, Verdict]) -> None:
    night.open()
    before = dict(night.content)
    night.close()
    (verdict,) = list(try_data(night, DATA[4:5]))
    assert verdict.state == "survived"
    night.open()
    assert night.content == before
    night.close()


@pytest.mark.parametrize(
    "make", [lambda night: data_mutants.mutants(), lambda night: sql_mutants.mutants(night.models, 130)]
)
def test_the_lists_have_enough_mutants_of_each_family_and_no_two_are_the_same(
    night: KeptNight, make: Callable[[KeptNight], list[DataMutant | SqlMutant]]
) -> None:
    made = make(night)
    assert len(made) >= 150 and len(set(made)) == len(made)
