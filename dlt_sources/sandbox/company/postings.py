"""How the events of sales and purchasing are posted: which accounts each debits and credits, and what clears what."""

from __future__ import annotations

import numpy as np

from dlt_sources.sandbox.company import catalogue, days, parties
from dlt_sources.sandbox.company.chart import ACCOUNT
from dlt_sources.sandbox.company.days import HORIZON, NEVER
from dlt_sources.sandbox.company.errors import CODE
from dlt_sources.sandbox.company.frame import Frame, expanded, rows_of, sum_by
from dlt_sources.sandbox.company.group import LOCAL_CURRENCY, MACHINES, SERVICES, SINGAPORE
from dlt_sources.sandbox.company.journal import Book, Line, Posted
from dlt_sources.sandbox.company.machines import CANCELLATION, Machines
from dlt_sources.sandbox.company.purchasing import Purchasing, invoice_date
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.subscriptions import PAID, UNCOLLECTIBLE, USAGE, Subscriptions, stands


def post_machines(book: Book, machines: Machines) -> np.ndarray:
    """Goods issues, billing documents, payments. Returns the ledger document of each billing document."""
    _post_goods_issues(book, machines)
    billings = machines.billings
    documents, receivable, receivable_local = _post_billings(book, machines)

    part = np.flatnonzero(billings.paid_first < NEVER)
    first = book.post(
        "DZ",
        billings.entity[part],
        billings.paid_first[part],
        [
            Line("BANK", billings.first_part[part], segment=MACHINES),
            Line(
                "AR_TRADE",
                -billings.first_part[part],
                customer=billings.customer[part],
                segment=MACHINES,
                due=billings.paid_first[part],
            ),
        ],
        currency=billings.currency[part],
        reference=("payment", part * 2),
    )
    book.refer(first.lines[1], receivable[part])
    partly_local = np.zeros(len(billings), dtype=np.int64)
    partly_local[part] = first.locals[1]
    partly = np.zeros(len(billings), dtype=np.int64)
    partly[part] = billings.first_part[part]
    part_line = np.full(len(billings), -1)
    part_line[part] = first.lines[1]

    paid = np.flatnonzero(billings.paid < NEVER)
    rest = billings.total[paid] - partly[paid]
    # The receivable leaves the books at what is left of it; the bank takes the day's rate.
    last = book.post(
        "DZ",
        billings.entity[paid],
        billings.paid[paid],
        [
            Line("BANK", rest, segment=MACHINES),
            Line(
                "AR_TRADE",
                -rest,
                local=-(receivable_local[paid] + partly_local[paid]),
                customer=billings.customer[paid],
                segment=MACHINES,
                due=billings.paid[paid],
            ),
        ],
        currency=billings.currency[paid],
        reference=("payment", paid * 2 + 1),
        leftover="EXCHANGE",
    )
    book.refer(last.lines[1], receivable[paid])
    book.clear(receivable[paid], last.documents)
    book.clear(last.lines[1], last.documents)
    in_parts = part_line[paid] >= 0
    book.clear(part_line[paid[in_parts]], last.documents[in_parts])
    return documents


def _post_billings(book: Book, machines: Machines) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Debits receivables, credits revenue per item and output tax; a cancellation takes back what its invoice posted.

    Returns per billing document its ledger document, the line of the receivable and that line's local amount.
    """
    all_billings = machines.billings
    documents, receivable, receivable_local = (np.full(len(all_billings), -1) for _ in range(3))
    item_local = np.zeros(len(machines.billing_items), dtype=np.int64)
    tax_local = np.zeros(len(all_billings), dtype=np.int64)

    def post(rows: np.ndarray, sign: int, original: np.ndarray | None = None) -> None:
        billings = all_billings.take(rows)
        item_rows, of = rows_of(machines.billing_items.billing, rows, len(all_billings))
        items = machines.billing_items.take(item_rows)
        product, instead = machines.items.product[items.item], machines.items.unmapped_product[items.item]
        # The items of a cancellation stand in the same order as those of the invoice.
        original_items = None
        if original is not None:
            original_items, _ = rows_of(machines.billing_items.billing, original, len(all_billings))
        posted = book.post(
            "RV",
            billings.entity,
            billings.day,
            [
                Line(
                    "AR_TRADE",
                    sign * billings.total,
                    customer=billings.customer,
                    due=billings.due,
                    terms=billings.terms,
                    segment=MACHINES,
                    local=None if original is None else -receivable_local[original],
                ),
                Line(
                    catalogue.REVENUE_ACCOUNT[product],
                    -sign * items.net,
                    of=of,
                    customer=billings.customer[of],
                    product=product,
                    segment=MACHINES,
                    instead=instead,
                    error=np.where(instead >= 0, CODE["missing_product_mapping"], 0),
                    local=None if original_items is None else -item_local[original_items],
                ),
                Line(
                    "OUTPUT_TAX",
                    -sign * billings.tax,
                    segment=MACHINES,
                    local=None if original is None else -tax_local[original],
                ),
            ],
            currency=billings.currency,
            reference=("billing_document", rows),
            assignment=("delivery", billings.delivery),
        )
        documents[rows], receivable[rows], receivable_local[rows] = posted.documents, posted.lines[0], posted.locals[0]
        item_local[item_rows], tax_local[rows] = posted.locals[1], posted.locals[2]

    post(np.flatnonzero(all_billings.kind != CANCELLATION), 1)
    cancellation = np.flatnonzero(all_billings.kind == CANCELLATION)
    cancelled = all_billings.cancels[cancellation]
    post(cancellation, -1, cancelled)
    book.reverse(documents[cancelled], documents[cancellation])
    for rows in (cancelled, cancellation):
        book.clear(receivable[rows], documents[cancellation])
    return documents, receivable, receivable_local


def _post_goods_issues(book: Book, machines: Machines) -> None:
    deliveries, items = machines.deliveries, machines.items
    delivered = np.flatnonzero(items.delivery >= 0)
    of = items.delivery[delivered]
    order = machines.orders.take(deliveries.order)
    cost, product = items.cost[delivered], items.product[delivered]
    book.post(
        "WL",
        order.entity,
        deliveries.day,
        [
            Line("COST_OF_SALES", cost, of=of, product=product, segment=MACHINES),
            Line("INVENTORY", -sum_by(of, cost, len(deliveries)), segment=MACHINES),
        ],
        reference=("delivery", np.arange(len(deliveries))),
    )


def post_subscriptions(book: Book, sold: Subscriptions) -> None:
    """Invoices, their payment through Stripe, credit notes, pay-outs, and the revenue that follows day by day."""
    single = sold.invoices.entity != SINGAPORE
    # What is voided on its day is gone before the ledger asks for the day's invoices.
    is_seen = (sold.invoices.day < NEVER) & (sold.invoices.voided > sold.invoices.day)
    receivable, receivable_local, line_local = _post_single_invoices(book, sold, np.flatnonzero(single & is_seen))
    _post_batches(book, sold, np.flatnonzero(~single & is_seen), line_local)
    _post_single_payments(book, sold, receivable, receivable_local)
    _post_credit_notes(book, sold)
    _post_payouts(book, sold)
    accrued = _post_unbilled_usage(book, sold)
    _post_releases(book, sold, line_local, accrued)


def _post_single_invoices(
    book: Book, sold: Subscriptions, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One document per invoice: debits receivables, credits deferred revenue and output tax.

    Returns per invoice the ledger line of the receivable (posted in time, posted late; -1 if not) and its local amount,
    and per invoice line the local amount deferred.
    """
    all_invoices = sold.invoices
    not_posted_as_is = np.isin(
        all_invoices.error,
        [
            CODE[name]
            for name in (
                "invoice_not_posted",
                "invoice_amount_differs",
                "invoice_currency_differs",
                "invoice_posted_one_day_late",
                "invoice_posted_one_period_late",
            )
        ],
    )

    def post(rows: np.ndarray, **variant: np.ndarray) -> tuple:
        invoices = all_invoices.take(rows)
        line_rows, of = rows_of(sold.lines.invoice, rows, len(all_invoices))
        net = sold.lines.amount[line_rows] - sold.lines.discount[line_rows]
        tax = invoices.tax
        currency = variant.pop("currency", invoices.currency)
        posting = variant.pop("posting", invoices.day)
        if (wrong := variant.pop("wrong_per_mille", None)) is not None:
            net, tax = scaled(net, wrong[of], 1000), scaled(tax, wrong, 1000)
        total = sum_by(of, net, len(rows)) + tax
        posted = book.post(
            "DR",
            invoices.entity,
            posting,
            [
                Line(
                    "AR_TRADE",
                    total,
                    customer=invoices.customer,
                    due=invoices.due,
                    segment=SERVICES,
                    terms=np.where(invoices.sends_invoice, 1, 0),
                ),
                Line(
                    "DEFERRED_REVENUE",
                    -net,
                    of=of,
                    product=sold.lines.product[line_rows],
                    segment=SERVICES,
                    customer=invoices.customer[of],
                ),
                Line("OUTPUT_TAX", -tax, segment=SERVICES),
            ],
            currency=currency,
            document_date=invoices.day,
            reference=("stripe_invoice", rows),
            **variant,
        )
        return posted, line_rows

    posted, line_rows = post(rows, not_with=np.where(not_posted_as_is[rows], all_invoices.error[rows], 0))
    receivable = np.full(len(all_invoices), -1)
    receivable_local = np.zeros(len(all_invoices), dtype=np.int64)
    line_local = np.zeros(len(sold.lines), dtype=np.int64)
    receivable[rows], receivable_local[rows] = posted.lines[0], posted.locals[0]
    line_local[line_rows] = -posted.locals[1]
    _post_voids(book, sold, rows, posted, line_rows)

    def with_error(name: str) -> np.ndarray:
        return rows[all_invoices.error[rows] == CODE[name]]

    wrong = all_invoices.take(with_error("invoice_amount_differs"))
    post(with_error("invoice_amount_differs"), only_with=wrong.error, wrong_per_mille=wrong.wrong_per_mille)
    wrong = all_invoices.take(with_error("invoice_currency_differs"))
    post(with_error("invoice_currency_differs"), only_with=wrong.error, currency=wrong.wrong_currency)
    twice = with_error("invoice_posted_twice")
    post(twice, only_with=all_invoices.error[twice], posting=all_invoices.wrong_day[twice])
    late = np.concatenate([with_error("invoice_posted_one_day_late"), with_error("invoice_posted_one_period_late")])
    late_posted, _ = post(late, only_with=all_invoices.error[late], posting=all_invoices.wrong_day[late])
    # The late document is cleared by the payment as the punctual one is.
    late_receivable = np.full(len(all_invoices), -1)
    late_receivable[late] = late_posted.lines[0]
    return np.stack([receivable, late_receivable]), receivable_local, line_local


def _post_voids(book: Book, sold: Subscriptions, rows: np.ndarray, posted: Posted, line_rows: np.ndarray) -> None:
    """Takes back what was posted for invoices that are voided later: each by a reversal on the day of the voiding."""
    voided = np.flatnonzero(sold.invoices.voided[rows] < NEVER)
    invoices = sold.invoices.take(rows[voided])
    place = np.full(len(sold.invoices), -1)
    place[rows[voided]] = np.arange(len(voided))
    lines = np.flatnonzero(place[sold.lines.invoice[line_rows]] >= 0)
    of = place[sold.lines.invoice[line_rows[lines]]]
    line = sold.lines.take(line_rows[lines])
    reversal = book.post(
        "DR",
        invoices.entity,
        invoices.voided,
        [
            Line(
                "AR_TRADE",
                -invoices.total,
                local=-posted.locals[0][voided],
                customer=invoices.customer,
                due=invoices.voided,
                segment=SERVICES,
                terms=1,
            ),
            Line(
                "DEFERRED_REVENUE",
                line.amount - line.discount,
                of=of,
                local=-posted.locals[1][lines],
                product=line.product,
                segment=SERVICES,
                customer=invoices.customer[of],
            ),
            Line("OUTPUT_TAX", invoices.tax, local=-posted.locals[2][voided], segment=SERVICES),
        ],
        currency=invoices.currency,
        reference=("stripe_invoice", rows[voided]),
    )
    book.reverse(posted.documents[voided], reversal.documents)
    for receivable in (posted.lines[0][voided], reversal.lines[0]):
        book.clear(receivable, reversal.documents)


def _post_batches(book: Book, sold: Subscriptions, rows: np.ndarray, line_local: np.ndarray) -> None:
    """Singapore posts one summarised document per day on a collective customer, and payments per batch and day."""
    invoices = sold.invoices.take(rows)
    batch_days, batch = np.unique(invoices.day, return_inverse=True)
    count = len(batch_days)
    line_rows, of_invoice = rows_of(sold.lines.invoice, rows, len(sold.invoices))
    net = sold.lines.amount[line_rows] - sold.lines.discount[line_rows]
    # Singapore bills in its own currency only.
    line_local[line_rows] = net
    product = sold.lines.product[line_rows]
    # One invoice of a batch at most has an error, and it is the error of the whole document.
    error, again = np.zeros(count, dtype=np.int64), batch_days.copy()
    np.maximum.at(error, batch, invoices.error)
    np.maximum.at(again, batch, invoices.wrong_day)
    is_wrong = np.isin(error, [CODE["invoice_not_posted"], CODE["invoice_amount_differs"]])

    def post(chosen: np.ndarray, days_of: np.ndarray, per_mille: np.ndarray, **variant: np.ndarray) -> Posted:
        """Batches with each invoice counted at so many per mille of what it is."""
        place = np.full(count, -1)
        place[chosen] = np.arange(len(chosen))
        lines = np.flatnonzero(place[batch[of_invoice]] >= 0)
        of_line = of_invoice[lines]
        line_net = scaled(net[lines], per_mille[of_line], 1000)
        taken = np.flatnonzero(place[batch] >= 0)
        tax = sum_by(place[batch[taken]], scaled(invoices.tax[taken], per_mille[taken], 1000), len(chosen))
        key, of_key = np.unique(place[batch[of_line]] * 1_000 + product[lines], return_inverse=True)
        total = tax + sum_by(place[batch[of_line]], line_net, len(chosen))
        return book.post(
            "DR",
            np.full(len(chosen), SINGAPORE),
            days_of,
            [
                Line(
                    "AR_TRADE",
                    total,
                    customer=parties.COLLECTIVE,
                    due=batch_days[chosen] + 30,
                    segment=SERVICES,
                    terms=1,
                ),
                Line(
                    "DEFERRED_REVENUE",
                    -sum_by(of_key, line_net, len(key)),
                    of=key // 1_000,
                    product=key % 1_000,
                    segment=SERVICES,
                ),
                Line("OUTPUT_TAX", -tax, segment=SERVICES),
            ],
            document_date=batch_days[chosen],
            reference=("posting_batch", batch_days[chosen]),
            **variant,
        )

    as_it_is = np.full(len(invoices), 1000)
    posted = post(np.arange(count), batch_days, as_it_is, not_with=np.where(is_wrong, error, 0))
    wrong = np.flatnonzero(is_wrong)
    counted = np.where(invoices.error == CODE["invoice_not_posted"], 0, invoices.wrong_per_mille)
    post(wrong, batch_days[wrong], counted, only_with=error[wrong])
    twice = np.flatnonzero(error == CODE["invoice_posted_twice"])
    post(twice, again[twice], as_it_is, only_with=error[twice])
    paid = np.flatnonzero(invoices.fate == PAID)
    payment_key, payment = np.unique(batch[paid] * 100_000 + invoices.settled[paid], return_inverse=True)
    of_batch, day = payment_key // 100_000, payment_key % 100_000
    amount = sum_by(payment, invoices.total[paid], len(payment_key))
    payments = book.post(
        "DZ",
        np.full(len(day), SINGAPORE),
        day,
        [
            Line("STRIPE_CLEARING", amount, segment=SERVICES),
            Line("AR_TRADE", -amount, customer=parties.COLLECTIVE, segment=SERVICES, due=day),
        ],
        reference=("posting_batch", batch_days[of_batch]),
    )
    book.refer(payments.lines[1], posted.lines[0][of_batch])
    # A batch is cleared when its last invoice is paid; keys are in the order of batch and day.
    is_settled = sum_by(batch, np.where(invoices.fate == PAID, 0, 1), count) == 0
    last = np.searchsorted(of_batch, np.arange(count), side="right") - 1
    settled = np.flatnonzero(is_settled)
    stays_open = np.where(is_wrong, error, 0)
    book.clear(posted.lines[0][settled], payments.documents[last[settled]], stays_open[settled])
    part = np.flatnonzero(is_settled[of_batch])
    book.clear(payments.lines[1][part], payments.documents[last[of_batch[part]]], stays_open[of_batch[part]])


def _post_single_payments(
    book: Book, sold: Subscriptions, receivable: np.ndarray, receivable_local: np.ndarray
) -> None:
    """Charges and write-offs clear their invoice's receivable, unless an error has made the two differ."""
    charges = sold.charges.take(sold.charges.succeeded & (sold.invoices.entity[sold.charges.invoice] != SINGAPORE))
    written_off = np.flatnonzero(sold.invoices.fate == UNCOLLECTIBLE)
    stays_open = np.isin(
        sold.invoices.error,
        [CODE[name] for name in ("invoice_not_posted", "invoice_amount_differs", "invoice_currency_differs")],
    )
    for document_type, account, rows, day, reference in (
        ("DZ", "STRIPE_CLEARING", charges.invoice, charges.day, "charge"),
        ("SA", "BAD_DEBT", written_off, sold.invoices.settled[written_off], "stripe_invoice"),
    ):
        invoices = sold.invoices.take(rows)
        posted = book.post(
            document_type,
            invoices.entity,
            day,
            [
                Line(account, invoices.total, segment=SERVICES),
                Line(
                    "AR_TRADE",
                    -invoices.total,
                    local=-receivable_local[rows],
                    customer=invoices.customer,
                    segment=SERVICES,
                    due=day,
                ),
            ],
            currency=invoices.currency,
            reference=(reference, rows),
            leftover="EXCHANGE",
        )
        unless = np.where(stays_open[rows], invoices.error, 0)
        book.refer(posted.lines[1], receivable[0][rows])
        book.clear(posted.lines[1], posted.documents, unless)
        for lines in receivable:
            known = np.flatnonzero(lines[rows] >= 0)
            book.clear(lines[rows][known], posted.documents[known], unless[known])


def _post_credit_notes(book: Book, sold: Subscriptions) -> None:
    """A credit note debits revenue deductions and tax and credits the customer; the refund pays it out the same day."""
    notes = sold.credit_notes
    invoices = sold.invoices.take(notes.invoice)
    number = np.arange(len(notes))
    note = book.post(
        "DG",
        invoices.entity,
        notes.day,
        [
            Line("AR_TRADE", -notes.total, customer=invoices.customer, due=notes.day, segment=SERVICES),
            Line("DEDUCTIONS", notes.net, segment=SERVICES, customer=invoices.customer),
            Line("OUTPUT_TAX", notes.tax, segment=SERVICES),
        ],
        currency=invoices.currency,
        reference=("credit_note", number),
    )
    refund = book.post(
        "DZ",
        invoices.entity,
        notes.day,
        [
            Line("STRIPE_CLEARING", -notes.total, segment=SERVICES),
            Line("AR_TRADE", notes.total, customer=invoices.customer, due=notes.day, segment=SERVICES),
        ],
        currency=invoices.currency,
        reference=("credit_note", number),
    )
    book.clear(note.lines[0], refund.documents)
    book.clear(refund.lines[1], refund.documents)


def _post_payouts(book: Book, sold: Subscriptions) -> None:
    """A pay-out empties the clearing account into the bank, net of fees; each entity books its share."""
    charges = sold.charges.take(sold.charges.payout >= 0)
    notes = sold.credit_notes.take(sold.credit_notes.payout >= 0)
    entities = 10
    key = np.concatenate(
        [
            charges.payout * entities + sold.invoices.entity[charges.invoice],
            notes.payout * entities + sold.invoices.entity[notes.invoice],
        ]
    )
    shares, share = np.unique(key, return_inverse=True)
    gross = sum_by(share, np.concatenate([charges.amount, -notes.total]), len(shares))
    fee = sum_by(share, np.concatenate([charges.fee, np.zeros(len(notes), dtype=np.int64)]), len(shares))
    payout = shares // entities
    book.post(
        "ZP",
        shares % entities,
        sold.payouts.day[payout],
        [
            Line("BANK", gross - fee, segment=SERVICES),
            Line("FEES", fee, segment=SERVICES),
            Line("STRIPE_CLEARING", -gross, segment=SERVICES),
        ],
        currency=sold.payouts.currency[payout],
        reference=("payout", payout),
        assignment=("payout", payout),
        leftover="EXCHANGE",
    )


def _post_unbilled_usage(book: Book, sold: Subscriptions) -> np.ndarray:
    """At the end of each month its usage is revenue, billed or not; returns the local amount per usage month."""
    months = sold.usage_months
    of = sold.subscriptions.take(months.subscription)
    last_day = days.last_of_month(months.month)
    local = book.rates.local(months.amount, of.currency, of.entity, last_day)
    kept = (months.amount > 0) & (last_day <= HORIZON)
    key, group = np.unique((months.month * 10 + of.entity)[kept] * 100 + of.currency[kept], return_inverse=True)
    amount, local_amount = (sum_by(group, column[kept], len(key)) for column in (months.amount, local))
    entity, currency, month = key // 100 % 10, key % 100, key // 1000
    book.post(
        "SA",
        entity,
        days.last_of_month(month),
        [
            Line("UNBILLED", amount, local=local_amount, segment=SERVICES),
            Line("USAGE_REVENUE", -amount, local=-local_amount, segment=SERVICES, product=catalogue.MINUTES),
        ],
        currency=currency,
        reference=("month", month),
    )
    return np.where(kept, local, 0)


def recognised_until(lines: Frame, amount: np.ndarray, day: np.ndarray) -> np.ndarray:
    """How much of each line's amount is earned by the end of a day: straight-line by day over [start, end)."""
    length = lines.end - lines.start
    return scaled(amount, np.clip(day + 1 - lines.start, 0, length), length)


def _post_releases(book: Book, sold: Subscriptions, line_local: np.ndarray, accrued: np.ndarray) -> None:
    """At each month end what the month has earned leaves deferred revenue, per entity, currency and product.

    Usage was revenue already in its own month: its release settles the unbilled receivable.
    """
    lines = sold.lines
    invoices = sold.invoices.take(lines.invoice)
    net = lines.amount - lines.discount
    is_billed = stands(sold.invoices)[lines.invoice]
    licences = np.flatnonzero((lines.charge_type != USAGE) & is_billed)
    first = days.month_of(lines.start[licences])
    last = days.month_of(lines.end[licences] - 1)
    parent, number = expanded(last - first + 1)
    row, month = licences[parent], first[parent] + number
    line = lines.take(row)
    month_end, month_begin = days.last_of_month(month), days.first_of_month(month)

    def earned(amount: np.ndarray) -> np.ndarray:
        return recognised_until(line, amount[row], month_end) - recognised_until(line, amount[row], month_begin - 1)

    tx, local = earned(net), earned(line_local)
    usage_rows = np.flatnonzero((lines.charge_type == USAGE) & is_billed)
    usage_accrued = _accrued_of(sold, usage_rows, accrued)
    row = np.concatenate([row, usage_rows])
    month = np.concatenate([month, days.month_of(invoices.day[usage_rows])])
    tx, local = np.concatenate([tx, net[usage_rows]]), np.concatenate([local, line_local[usage_rows]])
    opposite_local = np.concatenate([local[: len(local) - len(usage_rows)], usage_accrued])

    kept = days.last_of_month(month) <= HORIZON
    row, month, tx, local, opposite_local = (column[kept] for column in (row, month, tx, local, opposite_local))
    document = (month * 10 + invoices.entity[row]) * 100 + invoices.currency[row]
    documents, of_document = np.unique(document, return_inverse=True)
    groups, group = np.unique(of_document * 1_000 + lines.product[row], return_inverse=True)
    product = groups % 1_000
    amount, deferred, opposite = (sum_by(group, column, len(groups)) for column in (tx, local, opposite_local))
    account = np.where(product == catalogue.MINUTES, ACCOUNT["UNBILLED"], catalogue.REVENUE_ACCOUNT[product])
    entity, currency, month = documents // 100 % 10, documents % 100, documents // 1000
    book.post(
        "SA",
        entity,
        days.last_of_month(month),
        [
            Line("DEFERRED_REVENUE", amount, of=groups // 1_000, local=deferred, product=product, segment=SERVICES),
            Line(account, -amount, of=groups // 1_000, local=-opposite, product=product, segment=SERVICES),
        ],
        currency=currency,
        reference=("month", month),
        leftover="EXCHANGE",
    )


def _accrued_of(sold: Subscriptions, usage_rows: np.ndarray, accrued: np.ndarray) -> np.ndarray:
    """The local amount accrued for each usage line of an invoice."""
    months = sold.usage_months
    key = months.subscription * 10_000 + months.month
    by_key = np.argsort(key)
    wanted = sold.invoices.subscription[sold.lines.invoice[usage_rows]] * 10_000 + days.month_of(
        sold.lines.start[usage_rows]
    )
    return accrued[by_key[np.searchsorted(key[by_key], wanted)]]


def post_purchasing(book: Book, bought: Purchasing) -> None:
    """Goods receipts, supplier invoices, overhead invoices, payments."""
    orders = bought.orders
    received_local = _post_receipts(book, orders)
    invoiced = np.flatnonzero(orders.invoiced < NEVER)
    chosen = orders.take(invoiced)
    invoice = _post_order_invoices(book, orders, received_local, invoiced)
    _pay_suppliers(
        book,
        chosen.entity,
        chosen.currency,
        chosen.supplier,
        chosen.net + chosen.tax,
        chosen.paid,
        invoice.lines[0],
        invoice.locals[0],
        invoiced,
    )

    overheads = bought.overheads
    is_wrong_account = overheads.error == CODE["missing_account_mapping"]
    is_wrong_centre = overheads.error == CODE["closed_cost_centre"]
    local = LOCAL_CURRENCY[overheads.entity]
    invoice = book.post(
        "KR",
        overheads.entity,
        overheads.day,
        [
            Line(
                "AP_TRADE",
                -(overheads.net + overheads.tax),
                supplier=overheads.supplier,
                due=overheads.due,
                terms=1,
                segment=MACHINES,
            ),
            Line(
                overheads.account,
                overheads.net,
                cost_centre=overheads.cost_centre,
                error=np.where(is_wrong_account | is_wrong_centre, overheads.error, 0),
                instead=overheads.instead,
            ),
            Line("INPUT_TAX", overheads.tax, segment=MACHINES),
        ],
        document_date=days.working_day_until(overheads.day - 1),
        reference=("supplier_invoice", 10_000_000 + np.arange(len(overheads))),
    )
    _pay_suppliers(
        book,
        overheads.entity,
        local,
        overheads.supplier,
        overheads.net + overheads.tax,
        overheads.paid,
        invoice.lines[0],
        invoice.locals[0],
        10_000_000 + np.arange(len(overheads)),
    )


def _post_receipts(book: Book, orders: Frame) -> np.ndarray:
    """A receipt debits inventory at the order's price and credits goods received; returns the local amounts."""
    short, missing = (CODE[name] for name in ("receipt_below_invoice", "receipt_never_entered"))

    def post(rows: np.ndarray, net: np.ndarray, **variant: np.ndarray) -> Posted:
        return book.post(
            "WE",
            orders.entity[rows],
            orders.received[rows],
            [
                Line("INVENTORY", net, segment=MACHINES),
                Line("GOODS_RECEIVED", -net, segment=MACHINES),
            ],
            currency=orders.currency[rows],
            reference=("purchase_order", rows),
            **variant,
        )

    received = np.flatnonzero(orders.received < NEVER)
    error = orders.error[received]
    is_wrong = np.isin(error, (short, missing))
    receipt = post(received, orders.net[received], not_with=np.where(is_wrong, error, 0))
    fewer = np.flatnonzero(orders.error == short)
    post(fewer, orders.short_net[fewer], only_with=orders.error[fewer])
    local = np.zeros(len(orders), dtype=np.int64)
    local[received] = receipt.locals[1]
    return local


def _post_order_invoices(book: Book, orders: Frame, received_local: np.ndarray, invoiced: np.ndarray) -> Posted:
    """An invoice credits payables, debits input tax and takes back what its receipt credited.

    What it costs more than ordered is inventory. Returns the postings of the invoices as they should be.
    """
    dearer, twice = (CODE[name] for name in ("purchase_price_differs", "supplier_invoice_posted_twice"))
    never = [CODE[name] for name in ("receipt_never_invoiced", "supplier_invoice_not_posted")]

    def post(rows: np.ndarray, day: np.ndarray, net: np.ndarray, tax: np.ndarray, **variant: np.ndarray) -> Posted:
        chosen = orders.take(rows)
        return book.post(
            "RE",
            chosen.entity,
            day,
            [
                Line(
                    "AP_TRADE",
                    -(net + tax),
                    supplier=chosen.supplier,
                    due=chosen.due,
                    terms=chosen.terms,
                    segment=MACHINES,
                ),
                Line("GOODS_RECEIVED", chosen.net, local=-received_local[rows], segment=MACHINES),
                Line("INVENTORY", net - chosen.net, segment=MACHINES),
                Line("INPUT_TAX", tax, segment=MACHINES),
            ],
            currency=chosen.currency,
            document_date=invoice_date(chosen.invoiced),
            reference=("supplier_invoice", rows),
            assignment=("supplier_invoice", rows),
            leftover="EXCHANGE",
            **variant,
        )

    chosen = orders.take(invoiced)
    is_wrong = np.isin(chosen.error, [dearer, *never])
    right = post(invoiced, chosen.invoiced, chosen.net, chosen.tax, not_with=np.where(is_wrong, chosen.error, 0))
    for name, net, tax, day in (
        (dearer, orders.wrong_net, orders.wrong_tax, orders.invoiced),
        (twice, orders.net, orders.tax, orders.invoiced_again),
    ):
        rows = np.flatnonzero(orders.error == name)
        post(rows, day[rows], net[rows], tax[rows], only_with=orders.error[rows])
    return right


def _pay_suppliers(
    book: Book,
    entity: np.ndarray,
    currency: np.ndarray,
    supplier: np.ndarray,
    amount: np.ndarray,
    paid: np.ndarray,
    payable: np.ndarray,
    payable_local: np.ndarray,
    number: np.ndarray,
) -> None:
    """Payments of supplier invoices in full; the payable leaves the books at the amount it came with."""
    rows = np.flatnonzero(paid < NEVER)
    posted = book.post(
        "KZ",
        entity[rows],
        paid[rows],
        [
            Line(
                "AP_TRADE",
                amount[rows],
                local=-payable_local[rows],
                supplier=supplier[rows],
                due=paid[rows],
                segment=MACHINES,
            ),
            Line("BANK", -amount[rows], segment=MACHINES),
        ],
        currency=currency[rows],
        reference=("payment", 20_000_000 + number[rows]),
        leftover="EXCHANGE",
    )
    book.refer(posted.lines[0], payable[rows])
    book.clear(payable[rows], posted.documents)
    book.clear(posted.lines[0], posted.documents)
