"""What an entity does besides selling and buying: capital, payroll, rent, assets, affiliates, taxes, closing work."""

from __future__ import annotations

import numpy as np

from dlt_sources.sandbox.company import days
from dlt_sources.sandbox.company.days import FIRST_DAY, HORIZON
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import CODE, EARLIEST_ERROR, LATEST_ERROR, handful, picked
from dlt_sources.sandbox.company.frame import Frame, expanded, rows_of, sum_by
from dlt_sources.sandbox.company.group import (
    CLOUD_OPERATIONS,
    CURRENCY,
    ENTITIES,
    FIELD_SERVICE,
    FINANCE,
    GROUP_CURRENCY,
    HUMAN_RESOURCES,
    LOCAL_CURRENCY,
    LOGISTICS_CLOSES,
    MACHINES,
    MARKETING,
    MINOR_UNITS,
    PARENT,
    PRODUCTION,
    SALES,
    STARTS_IN_APRIL,
    cost_centre,
    logistics,
)
from dlt_sources.sandbox.company.journal import Book, Line, Posted
from dlt_sources.sandbox.company.rates import scaled

_MONTHS = np.arange(days.month_of(np.array([FIRST_DAY]))[0], days.month_of(np.array([HORIZON]))[0] + 1)
_ALL = np.arange(len(ENTITIES))
_SUBSIDIARIES = np.arange(1, len(ENTITIES))
_EUR = CURRENCY[GROUP_CURRENCY]

# Costs in per mille of revenue.
_WAGES, _SOCIAL_OF_WAGES, _RENT, _DEPRECIATION, _INCOME_TAX = 150, 210, 18, 30, 25
# Share of the wages per function, in per mille; logistics has its own until it is closed.
_WAGE_SHARES = (
    (PRODUCTION, 330),
    (SALES, 190),
    (FIELD_SERVICE, 150),
    (CLOUD_OPERATIONS, 70),
    (FINANCE, 80),
    (HUMAN_RESOURCES, 40),
    (MARKETING, 60),
)
_LOGISTICS_SHARE = 80
# Purchases from the parent in per mille of a subsidiary's revenue.
_AFFILIATE_PURCHASES = 90


def post_operations(book: Book, draws: Draws, scale: float, revenue: np.ndarray) -> tuple[Frame, Frame]:
    """Everything in proportion to the entities' revenue (local minor units over the whole history).

    The opening comes last: the capital is what keeps every bank account above zero. Returns what the payroll runs were,
    and the charges between affiliates.
    """
    monthly = revenue // len(_MONTHS)
    charges = _post_affiliate_trade(book, draws, scale, monthly)
    runs = _post_payroll(book, draws, scale, monthly)
    _post_rent(book, monthly)
    _post_depreciation(book, monthly)
    _post_accruals(book, draws.stream("accruals"), monthly)
    _post_adjustments(book, draws.stream("adjustments"), monthly)
    _post_income_tax(book, monthly)
    _post_bank_interest(book, monthly)
    _settle_sales_tax(book)
    _post_opening(book, monthly)
    return runs, charges


def _grid(entities: np.ndarray = _ALL) -> tuple[np.ndarray, np.ndarray]:
    """Every entity in every month, month by month."""
    return np.tile(entities, len(_MONTHS)), np.repeat(_MONTHS, len(entities))


def _rounded(amount: np.ndarray, entity: np.ndarray, units: int = 1) -> np.ndarray:
    """Amounts down to whole currency units (or so many of them): people agree on round figures."""
    step = 10 ** MINOR_UNITS[LOCAL_CURRENCY[entity]] * units
    return np.maximum(amount // step, 1) * step


def _post_affiliate_trade(book: Book, draws: Draws, scale: float, monthly: np.ndarray) -> Frame:
    """The parent charges its subsidiaries for components in euro, twice a month; they pay after a month.

    Some charges a subsidiary posts with another amount, or never; it pays them all the same. Returns the charges: who
    was charged, when, how much, what was posted instead with the error.
    """
    random = draws.stream("affiliates")
    entity, month = _grid(_SUBSIDIARIES)
    entity, month = np.tile(entity, 2), np.tile(month, 2)
    half = np.repeat([4, 18], len(entity) // 2)
    day = days.working_day_from(days.first_of_month(month) + half)
    local = monthly[entity] * _AFFILIATE_PURCHASES // 2000 * random.integers(80, 121, len(entity)) // 100
    amount = book.rates.converted(local, LOCAL_CURRENCY[entity], np.full(len(entity), _EUR), day) // 100 * 100
    seller = np.full(len(entity), PARENT)
    euro = np.full(len(entity), _EUR)
    number = np.arange(len(entity))
    error = _wrong_affiliate_charges(draws, scale, day)
    sale = book.post(
        "IC",
        seller,
        day,
        [
            Line("AR_AFFILIATES", amount, customer=entity, partner=entity, due=day + 30, terms=1, segment=MACHINES),
            Line("AFFILIATE_REVENUE", -amount, customer=entity, partner=entity, segment=MACHINES),
        ],
        currency=euro,
        reference=("affiliate_charge", number),
        assignment=("affiliate_charge", number),
    )

    def buy(rows: np.ndarray, charged: np.ndarray, **variant: np.ndarray) -> Posted:
        buyer = entity[rows]
        return book.post(
            "IC",
            buyer,
            day[rows],
            [
                Line(
                    "AP_AFFILIATES",
                    -charged,
                    supplier=PARENT,
                    partner=PARENT,
                    due=day[rows] + 30,
                    terms=1,
                    segment=MACHINES,
                ),
                Line(
                    "AFFILIATE_COST",
                    charged,
                    supplier=PARENT,
                    partner=PARENT,
                    cost_centre=cost_centre(buyer, PRODUCTION),
                ),
            ],
            currency=euro[rows],
            reference=("affiliate_charge", rows),
            assignment=("affiliate_charge", rows),
            **variant,
        )

    purchase = buy(number, amount, not_with=error)
    # A tenth more, in whole euros.
    wrong_amount = amount + np.maximum(amount // 1000, 1) * 100
    other = np.flatnonzero(error == CODE["intercompany_amount_differs"])
    buy(other, wrong_amount[other], only_with=error[other])
    paid_on = days.working_day_from(day + 30)
    paid = np.flatnonzero(paid_on <= HORIZON)
    received = book.post(
        "DZ",
        seller[paid],
        paid_on[paid],
        [
            Line("BANK", amount[paid], segment=MACHINES),
            Line(
                "AR_AFFILIATES",
                -amount[paid],
                local=-sale.locals[0][paid],
                customer=entity[paid],
                partner=entity[paid],
                due=paid_on[paid],
                segment=MACHINES,
            ),
        ],
        currency=euro[paid],
        reference=("payment", 30_000_000 + paid),
        leftover="EXCHANGE",
    )
    sent = book.post(
        "KZ",
        entity[paid],
        paid_on[paid],
        [
            Line(
                "AP_AFFILIATES",
                amount[paid],
                local=-purchase.locals[0][paid],
                supplier=PARENT,
                partner=PARENT,
                due=paid_on[paid],
                segment=MACHINES,
            ),
            Line("BANK", -amount[paid], segment=MACHINES),
        ],
        currency=euro[paid],
        reference=("payment", 30_000_000 + paid),
        leftover="EXCHANGE",
    )
    book.clear(sale.lines[0][paid], received.documents)
    book.clear(purchase.lines[0][paid], sent.documents)
    book.refer(received.lines[1], sale.lines[0][paid])
    book.refer(sent.lines[0], purchase.lines[0][paid])
    book.clear(received.lines[1], received.documents)
    # A payment of what was never posted, or posted with another amount, stays open.
    book.clear(sent.lines[0], sent.documents, error[paid])
    return Frame(number=number, entity=entity, day=day, amount=amount, wrong_amount=wrong_amount, error=error)


def _wrong_affiliate_charges(draws: Draws, scale: float, day: np.ndarray) -> np.ndarray:
    """The error of each charge between affiliates, by its day."""
    error = np.zeros(len(day), dtype=np.int64)
    for name in ("intercompany_not_posted", "intercompany_amount_differs"):
        candidates = np.flatnonzero((day >= EARLIEST_ERROR) & (day <= LATEST_ERROR) & (error == 0))
        error[picked(candidates, handful(scale), draws.stream(f"error {name}"))] = CODE[name]
    return error


def _post_payroll(book: Book, draws: Draws, scale: float, monthly: np.ndarray) -> Frame:
    """Wages per cost centre on the 25th, paid the same day; social security is paid in the middle of the next month.

    Returns per entity, month and cost centre the day of the run, wages and social security, with the error of the run.
    """
    random = draws.stream("payroll")
    entity, month = _grid()
    day = days.working_day_until(days.first_of_month(month) + 24)
    count = len(entity)
    document, place = expanded(np.full(count, len(_WAGE_SHARES) + 1))
    shares = np.array([share for _, share in _WAGE_SHARES] + [_LOGISTICS_SHARE])
    functions = np.array([function for function, _ in _WAGE_SHARES] + [PRODUCTION])
    is_logistics = place == len(_WAGE_SHARES)
    # After the merger production carries the people of logistics.
    logistics_open = is_logistics & (day[document] <= LOGISTICS_CLOSES)
    centre = np.where(logistics_open, logistics(entity[document]), cost_centre(entity[document], functions[place]))
    growth = 1000 + 3 * (month - _MONTHS[0])
    wage = monthly[entity[document]] * _WAGES // 1000 * shares[place] // 1000 * growth[document] // 1000
    wage = wage * random.integers(97, 104, len(wage)) // 100
    wage = np.maximum(wage, 10)
    social = wage * _SOCIAL_OF_WAGES // 1000
    wages, socials = sum_by(document, wage, count), sum_by(document, social, count)
    error = _wrong_payrolls(draws, scale, day)

    def post(rows: np.ndarray, posting: np.ndarray, **variant: np.ndarray) -> None:
        lines, of = rows_of(document, rows, count)
        book.post(
            "HR",
            entity[rows],
            posting,
            [
                Line("WAGES", wage[lines], of=of, cost_centre=centre[lines]),
                Line("SOCIAL", social[lines], of=of, cost_centre=centre[lines]),
                Line("PAYROLL_LIABILITY", -(wages + socials)[rows], segment=MACHINES),
            ],
            reference=("month", month[rows]),
            assignment=("month", month[rows]),
            **variant,
        )

    post(np.arange(count), day, not_with=error)
    late = np.flatnonzero(error)
    # After the close somebody posts the run on the first working day of the month that is open.
    post(late, days.working_day_from(days.first_of_month(month[late] + 1)), only_with=error[late])
    book.post(
        "ZP",
        entity,
        day,
        [Line("PAYROLL_LIABILITY", wages, segment=MACHINES), Line("BANK_PAYROLL", -wages, segment=MACHINES)],
        reference=("month", month),
    )
    due = days.working_day_from(days.first_of_month(month + 1) + 14)
    paid = np.flatnonzero(due <= HORIZON)
    book.post(
        "ZP",
        entity[paid],
        due[paid],
        [
            Line("PAYROLL_LIABILITY", socials[paid], segment=MACHINES),
            Line("BANK", -socials[paid], segment=MACHINES),
        ],
        reference=("month", month[paid]),
    )
    # The payroll account is filled from the operating account on the same day.
    book.post(
        "ZP",
        entity,
        day,
        [Line("BANK_PAYROLL", wages, segment=MACHINES), Line("BANK", -wages, segment=MACHINES)],
        reference=("month", month),
    )
    return Frame(
        entity=entity[document],
        month=month[document],
        day=day[document],
        cost_centre=centre,
        wage=wage,
        social=social,
        error=error[document],
    )


def _wrong_payrolls(draws: Draws, scale: float, day: np.ndarray) -> np.ndarray:
    """The error of each payroll run, by its day: some are posted in the month after their own."""
    in_time = (day >= EARLIEST_ERROR) & (day <= LATEST_ERROR)
    # The last run of logistics would come after its cost centre was closed, which is another error.
    in_time &= days.month_of(day) != days.month_of(LOGISTICS_CLOSES)
    error = np.zeros(len(day), dtype=np.int64)
    chosen = picked(np.flatnonzero(in_time), handful(scale), draws.stream("error payroll_posted_in_other_period"))
    error[chosen] = CODE["payroll_posted_in_other_period"]
    return error


def _post_rent(book: Book, monthly: np.ndarray) -> None:
    """Rent on the first working day of each month, per cost centre."""
    entity, month = _grid()
    count = len(entity)
    day = days.working_day_from(days.first_of_month(month))
    shares = ((PRODUCTION, 60), (SALES, 15), (FINANCE, 15), (CLOUD_OPERATIONS, 10))
    lines = [
        Line(
            "RENT",
            _rounded(monthly[entity] * _RENT // 1000 * share // 100, entity),
            cost_centre=cost_centre(entity, function),
        )
        for function, share in shares
    ]
    total = np.sum([line.amount for line in lines], axis=0).reshape(count)
    book.post("SA", entity, day, [*lines, Line("BANK", -total, segment=MACHINES)], reference=("month", month))


def _post_depreciation(book: Book, monthly: np.ndarray) -> None:
    """Depreciation at month end; the second ledger writes the same assets off more slowly."""
    entity, month = _grid()
    for ledger, pace in ((0, 100), (1, 80)):
        written_off = monthly[entity] * _DEPRECIATION // 1000 * pace // 100
        plant, computers = (
            [
                Line(
                    "DEPRECIATION", np.maximum(written_off * share // 100, 2), cost_centre=cost_centre(entity, function)
                )
                for function, share in shares
            ]
            for shares in (((PRODUCTION, 55), (FIELD_SERVICE, 10)), ((CLOUD_OPERATIONS, 20), (SALES, 10), (FINANCE, 5)))
        )
        book.post(
            "AF",
            entity,
            days.last_of_month(month),
            [
                *plant,
                *computers,
                Line("DEPRECIATION_PLANT", -np.sum([line.amount for line in plant], axis=0), segment=MACHINES),
                Line("DEPRECIATION_IT", -np.sum([line.amount for line in computers], axis=0), segment=MACHINES),
            ],
            reference=("month", month),
            ledger=ledger,
        )


def _post_accruals(book: Book, random: np.random.Generator, monthly: np.ndarray) -> None:
    """Services received and not yet invoiced: accrued at month end, reversed on the first day of the next month."""
    entity, month = _grid()
    function = random.choice([SALES, FINANCE, MARKETING], len(entity))
    amount = _rounded(monthly[entity] * random.integers(2, 9, len(entity)) // 1000, entity)
    centre = cost_centre(entity, function)

    def accrue(rows: np.ndarray, day: np.ndarray, sign: int) -> np.ndarray:
        return book.post(
            "AB",
            entity[rows],
            day,
            [
                Line("PROFESSIONAL", sign * amount[rows], cost_centre=centre[rows]),
                Line("ACCRUED", -sign * amount[rows], segment=MACHINES),
            ],
            reference=("month", month[rows]),
        ).documents

    everything = np.arange(len(entity))
    originals = accrue(everything, days.last_of_month(month), 1)
    next_day = days.first_of_month(month + 1)
    rows = np.flatnonzero(next_day <= HORIZON)
    book.reverse(originals[rows], accrue(rows, next_day[rows], -1))


def _post_adjustments(book: Book, random: np.random.Generator, monthly: np.ndarray) -> None:
    """The auditors' entries of the calendar-year entities: posted into special period 13, entered in January."""
    years = np.array([2024, 2025])
    entity = np.repeat(np.flatnonzero(~STARTS_IN_APRIL), len(years))
    year = np.tile(years, len(entity) // len(years))
    year_end = days.last_of_month((year - 1970) * 12 + 11)
    entered = days.working_day_from(year_end + 16 + random.integers(0, 12, len(entity)))
    for account, opposite, function, per_mille in (
        ("WARRANTY", "PROVISIONS", PRODUCTION, 60),
        ("WAGES", "ACCRUED", HUMAN_RESOURCES, 45),
    ):
        amount = _rounded(monthly[entity] * per_mille // 1000 * random.integers(80, 121, len(entity)) // 100, entity)
        book.post(
            "SA",
            entity,
            year_end,
            [
                Line(account, amount, cost_centre=cost_centre(entity, function)),
                Line(opposite, -amount, segment=MACHINES),
            ],
            entry=entered,
            special_period=13,
        )


def _post_income_tax(book: Book, monthly: np.ndarray) -> None:
    """An estimate at the end of each quarter, paid three weeks later."""
    entity, month = _grid()
    quarter = np.flatnonzero(month % 3 == 2)
    entity, month = entity[quarter], month[quarter]
    amount = _rounded(monthly[entity] * 3 * _INCOME_TAX // 1000, entity)
    book.post(
        "SA",
        entity,
        days.last_of_month(month),
        [
            Line("INCOME_TAX", amount, cost_centre=cost_centre(entity, FINANCE)),
            Line("TAX_PAYABLE", -amount, segment=MACHINES),
        ],
        reference=("month", month),
    )
    day = days.working_day_from(days.first_of_month(month + 1) + 20)
    paid = np.flatnonzero(day <= HORIZON)
    book.post(
        "ZP",
        entity[paid],
        day[paid],
        [Line("TAX_PAYABLE", amount[paid], segment=MACHINES), Line("BANK", -amount[paid], segment=MACHINES)],
        reference=("month", month[paid]),
    )


def _loan(monthly: np.ndarray) -> np.ndarray:
    """Each entity's bank loan."""
    return _rounded(monthly * 2, _ALL, 1000)


def _post_bank_interest(book: Book, monthly: np.ndarray) -> None:
    """A third of a per cent a month on the bank loan."""
    entity, month = _grid()
    interest = np.maximum(_loan(monthly)[entity] // 300, 1)
    book.post(
        "SA",
        entity,
        days.last_of_month(month),
        [
            Line("INTEREST", interest, cost_centre=cost_centre(entity, FINANCE)),
            Line("BANK", -interest, segment=MACHINES),
        ],
        reference=("month", month),
    )


def _settle_sales_tax(book: Book) -> None:
    """On the tenth of each month the tax of the month before is paid to (or refunded by) the tax office."""
    first = _MONTHS[0]
    count = len(ENTITIES) * len(_MONTHS)
    sums = []
    for account in ("OUTPUT_TAX", "INPUT_TAX"):
        entity, posting, local = book.balances(account)
        sums.append(sum_by((days.month_of(posting) - first) * len(ENTITIES) + entity, local, count))
    output, paid_in = sums
    entity, month = _grid()
    day = days.working_day_from(days.first_of_month(month + 1) + 9)
    rows = np.flatnonzero((day <= HORIZON) & ((output != 0) | (paid_in != 0)))
    book.post(
        "ZP",
        entity[rows],
        day[rows],
        [
            Line("OUTPUT_TAX", -output[rows], segment=MACHINES),
            Line("INPUT_TAX", -paid_in[rows], segment=MACHINES),
            Line("BANK", (output + paid_in)[rows], segment=MACHINES),
        ],
        reference=("month", month[rows]),
    )


def _post_opening(book: Book, monthly: np.ndarray) -> None:
    """The first day: the parent funds its subsidiaries with capital and two of them with loans; what each owns."""
    first = np.full(len(ENTITIES), FIRST_DAY)
    euro = np.full(len(ENTITIES), _EUR)
    capital = book.rates.converted(monthly * 3, LOCAL_CURRENCY, euro, first) // 10_000_000 * 10_000_000 + 10_000_000
    subsidiaries = _SUBSIDIARIES
    held = capital[subsidiaries]
    book.post(
        "SA",
        np.full(len(subsidiaries), PARENT),
        first[subsidiaries],
        [
            Line("INVESTMENTS", held, partner=subsidiaries, segment=MACHINES),
            Line("BANK", -held, segment=MACHINES),
        ],
        currency=euro[subsidiaries],
    )
    book.post(
        "SA",
        subsidiaries,
        first[subsidiaries],
        [Line("BANK", held, segment=MACHINES), Line("SHARE_CAPITAL", -held, partner=PARENT, segment=MACHINES)],
        currency=euro[subsidiaries],
    )
    _post_affiliate_loans(book, capital)

    plant = _rounded(monthly * 2, _ALL, 1000)
    computers = _rounded(monthly // 3, _ALL, 1000)
    inventory = _rounded(monthly * 3, _ALL, 1000)
    loan = _loan(monthly)
    # Enough cash that no bank account is ever overdrawn, and a cushion of one month's revenue.
    cash = _rounded(_deepest_overdraft(book) + monthly, _ALL, 1000)
    own = cash + plant + computers + inventory - loan
    issued = np.where(_ALL == PARENT, own // 2, 0)
    book.post(
        "SA",
        _ALL,
        first,
        [
            Line("BANK", cash, segment=MACHINES),
            Line("PLANT", plant, segment=MACHINES),
            Line("IT_EQUIPMENT", computers, segment=MACHINES),
            Line("INVENTORY", inventory, segment=MACHINES),
            Line("BANK_LOAN", -loan, segment=MACHINES),
            Line("SHARE_CAPITAL", -issued, segment=MACHINES),
            Line("RETAINED_EARNINGS", -(own - issued), segment=MACHINES),
        ],
    )


def _post_affiliate_loans(book: Book, capital: np.ndarray) -> None:
    """The parent lends euro to two subsidiaries; they pay a quarter of a per cent interest a month."""
    borrowers = np.array([3, 5])
    lender = np.full(len(borrowers), PARENT)
    first = np.full(len(borrowers), FIRST_DAY)
    euro = np.full(len(borrowers), _EUR)
    principal = scaled(capital[borrowers], 1, 2)

    def both_sides(rows: np.ndarray, day: np.ndarray, amount: np.ndarray, asset: str, liability: str) -> None:
        partner = borrowers[rows]
        book.post(
            "SA",
            lender[rows],
            day,
            [
                Line(asset, amount if asset == "LOANS_TO_AFFILIATES" else -amount, partner=partner, segment=MACHINES),
                Line("BANK", -amount if asset == "LOANS_TO_AFFILIATES" else amount, segment=MACHINES),
            ],
            currency=euro[rows],
        )
        book.post(
            "SA",
            partner,
            day,
            [
                Line(
                    liability, -amount if asset == "LOANS_TO_AFFILIATES" else amount, partner=PARENT, segment=MACHINES
                ),
                Line("BANK", amount if asset == "LOANS_TO_AFFILIATES" else -amount, segment=MACHINES),
            ],
            currency=euro[rows],
        )

    both_sides(np.arange(len(borrowers)), first, principal, "LOANS_TO_AFFILIATES", "LOANS_FROM_AFFILIATES")
    rows = np.tile(np.arange(len(borrowers)), len(_MONTHS))
    month = np.repeat(_MONTHS, len(borrowers))
    both_sides(
        rows, days.last_of_month(month), principal[rows] // 400, "AFFILIATE_INTEREST_INCOME", "AFFILIATE_INTEREST"
    )


def _deepest_overdraft(book: Book) -> np.ndarray:
    """How far each entity's bank accounts would fall below zero, at the worst day, without opening cash."""
    length = HORIZON - FIRST_DAY + 1
    movement = np.zeros(len(ENTITIES) * length, dtype=np.int64)
    for account in ("BANK", "BANK_PAYROLL"):
        entity, posting, local = book.balances(account)
        movement += sum_by(entity * length + posting - FIRST_DAY, local, len(movement))
    return np.maximum(-np.cumsum(movement.reshape(len(ENTITIES), length), axis=1).min(axis=1), 0)
