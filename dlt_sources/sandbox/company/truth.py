"""What the company really looks like on a day, from its events: the figures the warehouse must meet to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import chart, days, group, text
from dlt_sources.sandbox.company.chart import ACCOUNT, CHART_OF_ENTITY, CHARTS
from dlt_sources.sandbox.company.columns import currencies, money, whole
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import ENTITIES, LOCAL_CURRENCY, STARTS_IN_APRIL
from dlt_sources.sandbox.company.journal import LEDGERS

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_SPECIAL_PERIOD = 13
_IS_BALANCE_SHEET = np.array(chart.IS_BALANCE_SHEET)


def tables(snapshot: Snapshot) -> Mapping[str, pa.Table]:
    """All tables of the truth by name."""
    return {"trial_balances": trial_balances(snapshot)}


def trial_balances(snapshot: Snapshot) -> pa.Table:
    """Per ledger, entity, fiscal period and account: opening + debits + credits = closing, in local currency.

    From the first posting of an account on, every period up to that of the day; a special period where it was used.
    At a new fiscal year income and expense begin at 0, and last year's result is in retained earnings.
    """
    lines = snapshot.journal.lines(snapshot.journal.rows)
    slots = _period_slots(snapshot, lines)
    accounts = len(ACCOUNT)
    group_key = (lines.ledger.astype(np.int64) * len(ENTITIES) + lines.entity) * accounts + lines.account
    groups = len(LEDGERS) * len(ENTITIES) * accounts
    width = len(slots.year[0])
    slot = slots.of(lines)
    debit = sum_by(group_key * width + slot, np.maximum(lines.local, 0), groups * width).reshape(groups, width)
    credit = sum_by(group_key * width + slot, np.minimum(lines.local, 0), groups * width).reshape(groups, width)
    shape = (len(LEDGERS), len(ENTITIES), accounts, width)
    debit, credit = debit.reshape(shape), credit.reshape(shape)
    opening, first = _carried_forward(debit + credit, slots)
    ledger, entity, account, place = np.nonzero((np.arange(width) >= first[..., None]) & slots.used[None, :, None, :])
    at = (ledger, entity, account, place)
    local = LOCAL_CURRENCY[entity]
    number = [number for code in CHARTS for number in chart.ACCOUNT_NUMBERS[code]]
    chart_of = np.array(CHART_OF_ENTITY)[entity]
    return pa.table({
        "source_entity_id": text.chosen(group.ENTITY_CODES, entity),
        "ledger": text.chosen(list(LEDGERS), ledger),
        "fiscal_year": whole(slots.year[entity, place]),
        "fiscal_period": whole(slots.period[entity, place]),
        "source_account_id": text.chosen([_unpadded(code) for code in number], chart_of * accounts + account),
        "chart": text.chosen(list(CHARTS), chart_of),
        "currency": currencies(local),
        "opening": money(opening[at], local),
        "debits": money(debit[at], local),
        "credits": money(credit[at], local),
        "closing": money((opening + debit + credit)[at], local),
    })


def _unpadded(code: str) -> str:
    return code.lstrip("0")


class _Slots:
    """Fiscal periods in a row, the special one after its year's last; `used` says which exist for an entity."""

    def __init__(self, year: np.ndarray, period: np.ndarray, used: np.ndarray):
        self.year, self.period, self.used = year, period, used

    def of(self, lines: Frame) -> np.ndarray:
        """The slot of each line."""
        first = self.year[:, 0] * _SPECIAL_PERIOD + self.period[:, 0]
        return lines.fiscal_year.astype(np.int64) * _SPECIAL_PERIOD + lines.period - first[lines.entity]


def _period_slots(snapshot: Snapshot, lines: Frame) -> _Slots:
    first_year, first_period = days.fiscal_year_and_period(np.full(len(ENTITIES), days.FIRST_DAY), STARTS_IN_APRIL)
    last_year, last_period = days.fiscal_year_and_period(np.full(len(ENTITIES), snapshot.day), STARTS_IN_APRIL)
    first = first_year * _SPECIAL_PERIOD + first_period - 1
    last = last_year * _SPECIAL_PERIOD + last_period - 1
    width = int((last - first).max()) + 1
    position = first[:, None] + np.arange(width)
    year, period = position // _SPECIAL_PERIOD, position % _SPECIAL_PERIOD + 1
    used = (position <= last[:, None]) & (period < _SPECIAL_PERIOD)
    slots = _Slots(year, period, used)
    special = lines.take(lines.period == _SPECIAL_PERIOD)
    used[special.entity, slots.of(special)] = True
    return slots


def _carried_forward(movement: np.ndarray, slots: _Slots) -> tuple[np.ndarray, np.ndarray]:
    """Opening balances by (ledger, entity, account, slot), and the first slot with a posting of each account.

    An account that never was posted to has a first slot beyond the last; retained earnings begin at the latest with
    the first result carried forward.
    """
    width = movement.shape[-1]
    opening = np.zeros_like(movement)
    moved = movement != 0
    first = np.where(moved.any(axis=-1), moved.argmax(axis=-1), width)
    balance = np.zeros(movement.shape[:-1], dtype=np.int64)
    earnings = ACCOUNT["RETAINED_EARNINGS"]
    for place in range(width):
        if place:
            new_year = slots.year[:, place] > slots.year[:, place - 1]
            result = np.where(new_year[None, :], balance[:, :, ~_IS_BALANCE_SHEET].sum(axis=-1), 0)
            balance[:, :, earnings] += result
            first[:, :, earnings] = np.where(result != 0, np.minimum(first[:, :, earnings], place),
                                             first[:, :, earnings])
            balance[:, :, ~_IS_BALANCE_SHEET] *= np.where(new_year[None, :, None], 0, 1)
        opening[..., place] = balance
        balance = balance + movement[..., place]
    return opening, first


