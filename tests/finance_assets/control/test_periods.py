"""A month of the books: signed by one, closed by another, and open again as soon as a signed figure is another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_assets.control.decisions import DecisionRefused
from finance_assets.control.exceptions import NIGHT
from finance_assets.control.periods import (
    SIGNED_STATUSES,
    Period,
    PeriodState,
    approve,
    reopen,
    sign,
    state_of,
    void,
)
from finance_assets.control.store import ControlStore
from tests.finance_assets.control.test_exceptions import MONDAY, TUESDAY

PERIOD = Period("1010", "GL", date(2026, 8, 1))
FIGURES = [
    {"figure_key": "110000", "currency_code": "EUR", "amount_debit": "5", "amount_credit": "0", "amount_closing": "5"}
]
CHANGES = [{"figure_key": "110000", "currency_code": "EUR", "closing_signed": "5", "closing_now": "6"}]
ANN, BOB = "ann@acme.example", "bob@acme.example"


TRIES = {
    "sign": lambda state, by: sign(state, by, MONDAY, None, FIGURES, []),
    "approve": lambda state, by: approve(state, by, MONDAY, None, []),
    "reopen": lambda state, by: reopen(state, by, MONDAY, "why"),
    "void": lambda state, _: void(state, MONDAY, CHANGES),
}


def after(*decisions: Mapping[str, Any]) -> PeriodState:
    return state_of(PERIOD, decisions)


SIGNED = sign(after(), ANN, MONDAY, None, FIGURES, [])
APPROVED = approve(after(SIGNED), BOB, MONDAY, "all ties", [])


def test_a_month_is_signed_by_one_and_closed_by_another() -> None:
    assert (after().status, after(SIGNED).status, after(SIGNED, APPROVED).status) == ("open", "soft_closed", "closed")
    closed = after(SIGNED, APPROVED)
    assert (closed.signed_by, closed.approved_by, closed.figures) == (ANN, BOB, FIGURES)


def test_nobody_approves_what_they_signed() -> None:
    with pytest.raises(DecisionRefused, match="has signed it and cannot approve"):
        approve(after(SIGNED), ANN.upper(), MONDAY, None, [])


@pytest.mark.parametrize(
    "decide",
    [
        lambda: sign(after(), ANN, MONDAY, None, FIGURES, ["ledger differs (ann)"]),
        lambda: approve(after(SIGNED), BOB, MONDAY, None, ["ledger differs (ann)"]),
    ],
)
def test_what_blocks_is_named_with_whose_it_is(decide: Any) -> None:
    with pytest.raises(DecisionRefused, match=r"1 things stand in the way:\n  ledger differs \(ann\)"):
        decide()


def test_a_month_without_figures_cannot_be_signed() -> None:
    with pytest.raises(DecisionRefused, match="nothing to sign"):
        sign(after(), ANN, MONDAY, None, [], [])


def test_what_is_out_of_turn_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(DecisionRefused, match="is open: one cannot approve it; what is allowed now: sign"):
        approve(after(), BOB, MONDAY, None, [])
    with pytest.raises(DecisionRefused, match="is closed: one cannot sign it; what is allowed now: reopen"):
        sign(after(SIGNED, APPROVED), ANN, MONDAY, None, FIGURES, [])
    with pytest.raises(DecisionRefused, match="needs a reason"):
        reopen(after(SIGNED), ANN, MONDAY, " ")


def test_another_figure_takes_the_signature_away_and_what_was_signed_stays_known() -> None:
    voided = void(after(SIGNED, APPROVED), TUESDAY, CHANGES)
    assert voided and (voided["decided_by"], voided["changes"]) == (NIGHT, CHANGES)
    state = after(SIGNED, APPROVED, voided)
    assert (state.status, state.signed_by, state.approved_by) == ("reopened", None, None)
    assert state.figures == FIGURES, "until somebody signs again or reopens, the difference has to stay visible"
    assert void(state, TUESDAY, CHANGES) is None, "once"
    again = [{**FIGURES[0], "amount_closing": "6"}]
    assert after(SIGNED, APPROVED, voided, sign(state, ANN, TUESDAY, None, again, [])).figures == again


def test_a_person_who_reopens_withdraws_what_was_signed() -> None:
    assert after(SIGNED, reopen(after(SIGNED), BOB, TUESDAY, "an accrual is missing")).figures == ()


def test_a_night_of_an_earlier_day_tells_nothing_about_a_later_signature() -> None:
    later = sign(after(), ANN, TUESDAY, None, FIGURES, [])
    assert void(after(later), MONDAY, CHANGES) is None
    assert void(after(later), TUESDAY, []) is None


@given(st.lists(st.sampled_from(sorted(TRIES)), max_size=12), st.data())
def test_whatever_is_tried_a_closed_month_has_two_people_and_its_figures(tried: list[str], data: st.DataObject) -> None:
    decisions: list[Mapping[str, Any]] = []
    for each in tried:
        state, by = after(*decisions), data.draw(st.sampled_from([ANN, BOB]))
        try:
            decision = TRIES[each](state, by)
        except DecisionRefused:
            continue
        if decision:
            assert decision["from_status"] == state.status, "the history has no gap"
            decisions.append(decision)
        state = after(*decisions)
        if state.status == "closed":
            assert {state.signed_by, state.approved_by} == {ANN, BOB}
        if state.status in SIGNED_STATUSES:
            assert state.figures == FIGURES


def test_the_store_keeps_every_decision(memory_store: ControlStore) -> None:
    other = Period("1010", "AR", PERIOD.month)
    memory_store.decide_period(PERIOD, "run-1", lambda state: sign(state, ANN, MONDAY, None, FIGURES, []))
    memory_store.decide_period(other, "run-1", lambda state: sign(state, BOB, MONDAY, None, FIGURES, []))
    state = memory_store.decide_period(PERIOD, "run-1", lambda state: approve(state, BOB, MONDAY, None, []))
    assert (state.status, list(state.figures)) == ("closed", FIGURES)
    with pytest.raises(DecisionRefused):
        memory_store.decide_period(PERIOD, "run-1", lambda state: sign(state, ANN, MONDAY, None, FIGURES, []))
    assert memory_store.decide_period(PERIOD, "run-1", lambda state: void(state, MONDAY, [])) == state
    assert [row["event"] for row in memory_store.period_decisions(PERIOD)] == ["signed", "approved"]
    assert {state.period: state.status for state in memory_store.period_states()} == {
        PERIOD: "closed",
        other: "soft_closed",
    }
