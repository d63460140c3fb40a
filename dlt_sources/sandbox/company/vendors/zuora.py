"""Zuora: accounts, versions of subscriptions with their charges, invoices, memos, payments and usage.

A change of a subscription makes a new version of it, and all its plans and charges come again under new ids. What stays
is the name of the subscription and the number of a charge. Amounts are in major units, dates are those of the tenant,
who sits in Berlin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import catalogue, parties, pipeline, text
from dlt_sources.sandbox.company.billing import VENDORS
from dlt_sources.sandbox.company.columns import currencies, dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.frame import Frame, expanded
from dlt_sources.sandbox.company.group import ENTITY_CODES, MINOR_UNITS, SINGAPORE
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.subscriptions import ONE_OFF, RECURRING, UNCOLLECTIBLE, USAGE, minute_price
from dlt_sources.sandbox.company.vendors.invoicing import (
    all_prices,
    batches,
    begun,
    billing_currency,
    charge_created,
    collected_here,
    contract_numbers,
    credit_note_numbers,
    customer_records,
    end_of,
    invoice_created,
    invoice_finalised,
    invoice_numbers,
    invoice_paid,
    invoices_here,
    is_not_applied,
    json_object,
    latest_change,
    line_taxes,
    mail_addresses,
    midnight,
    names_and_tax_ids,
    noted_here,
    quoted,
    written_off_here,
)

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

SYSTEM = "zuora"
TENANT_ZONE = "Europe/Berlin"
_HOUR = 3600
_SINCE, _UNTIL = day("2024-06-03"), day("2045-06-03")
_FAR = int(moments(np.array([NEVER]), 0)[0])
_ITEMS = np.flatnonzero(catalogue.IS_SUBSCRIBED)
# Beside the products of the catalogue there is one that only reduces the others.
_DISCOUNT = len(catalogue.ALL_PRODUCTS)
# Charges of a subscription by number: its plans from 0 on, and these three.
_USAGE_LINE, _ONBOARDING_LINE, _DISCOUNT_LINE = 990, 991, 992
_MRR_SCALE = 9
_PERIODS = {0: None, 1: "Month", 3: "Quarter", 12: "Annual"}


def _names(by_interval: dict[int, str | None], interval: np.ndarray) -> pa.Array:
    return text.chosen(list(by_interval.values()), np.searchsorted(list(by_interval), interval))


def _changed(created: np.ndarray, *whens: np.ndarray, at: int, form: str = "{}") -> dict[str, pa.Array]:
    """When rows were made and last changed by a moment."""
    return {
        form.format("CreatedDate"): times(created),
        form.format("UpdatedDate"): times(latest_change(created, *whens, at=at)),
    }


def _changed_record(created: np.ndarray, *whens: np.ndarray, at: int) -> dict[str, pa.Array]:
    """The same in the names of lists."""
    stamps = _changed(created, *whens, at=at)
    return {"createdDate": stamps["CreatedDate"], "updatedDate": stamps["UpdatedDate"]}


def _kept(count: int) -> pa.Array:
    """Rows that nobody deletes."""
    return truths(np.zeros(count))


# Master data


def accounts(snapshot: Snapshot) -> pa.Table:
    """Customers; a deleted one is gone."""
    records = customer_records(snapshot, SYSTEM)
    records = records.take(records.gone > snapshot.day)
    frame, rows = snapshot.world.customers, records.customer
    name, number = names_and_tax_ids(snapshot, records)
    country = text.chosen([land.code for land in parties.COUNTRIES], frame.country[rows])
    vendor = VENDORS[SYSTEM]
    return pa.table(
        {
            "id": text.where(records.is_duplicate, vendor.duplicate_ids(rows), vendor.customer_ids(rows)),
            "accountNumber": text.joined(
                text.where(records.is_duplicate, "A9", "A0"), text.padded(np.asarray(rows), 7)
            ),
            "name": name,
            "status": text.repeated("Active", len(rows)),
            "currency": currencies(billing_currency(snapshot, rows)),
            "parentId": text.repeated(None, len(rows)),
            "vATId": number,
            "billTo": json_object(
                country=quoted(country),
                workEmail=quoted(mail_addresses(snapshot, records)),
            ),
            "LegalEntity__c": text.chosen(ENTITY_CODES, frame.entity[rows]),
            "batch": text.repeated("Batch1", len(rows)),
            **_changed_record(moments(records.made, 5 * _HOUR), at=end_of(snapshot.day)),
        }
    )


def product_ids(rows: np.ndarray) -> pa.Array:
    """Ids of products by position in the catalogue."""
    return text.zuora_ids("product", rows)


def _plans() -> Frame:
    """Every product and the interval it is billed in, 0 for what is charged once or reduces; no currencies."""
    prices = all_prices()
    keys = np.unique(np.append(prices.product * 100 + prices.interval, _DISCOUNT * 100))
    return Frame(product=keys // 100, interval=keys % 100)


def _plan_ids(product: np.ndarray, interval: np.ndarray) -> pa.Array:
    return text.zuora_ids("product rate plan", product * 100 + interval)


def plan_charge_ids(product: np.ndarray, interval: np.ndarray) -> pa.Array:
    """Ids of what a plan charges for: product rate plan charges."""
    return text.zuora_ids("product rate plan charge", np.asarray(product) * 100 + interval)


def meter_ids(count: int) -> pa.Array:
    """The charge that machine minutes are rated by, the same in every currency."""
    return plan_charge_ids(np.full(count, catalogue.MINUTES), np.ones(count, dtype=np.int64))


def products(snapshot: Snapshot) -> pa.Table:
    """Service contracts, cloud plans, onboarding and minutes, and what only reduces them."""
    rows = np.append(_ITEMS, _DISCOUNT)
    sold = [catalogue.ALL_PRODUCTS[row] for row in _ITEMS]
    return pa.table(
        {
            "id": product_ids(rows),
            "name": [*(product.name for product in sold), "Discount"],
            "sKU": [*(product.code for product in sold), "DISCOUNT"],
            "category": [*(product.family for product in sold), None],
            "effectiveStartDate": dates(np.full(len(rows), _SINCE)),
            "effectiveEndDate": dates(np.full(len(rows), _UNTIL)),
            **_changed_record(moments(np.full(len(rows), _SINCE), 8 * _HOUR + rows), at=end_of(snapshot.day)),
        }
    )


def product_rate_plans(snapshot: Snapshot) -> pa.Table:
    """Plans per product and billing interval."""
    plans = _plans()
    count = len(plans)
    return pa.table(
        {
            "id": _plan_ids(plans.product, plans.interval),
            "productId": product_ids(plans.product),
            "name": _names({0: "Standard", 1: "Monthly", 3: "Quarterly", 12: "Yearly"}, plans.interval),
            "effectiveStartDate": dates(np.full(count, _SINCE)),
            "effectiveEndDate": dates(np.full(count, _UNTIL)),
            **_changed_record(moments(np.full(count, _SINCE), 9 * _HOUR), at=end_of(snapshot.day)),
        }
    )


def _charge_types(product: np.ndarray) -> pa.Array:
    once = text.where(product == catalogue.ONBOARDING, "OneTime", "Recurring")
    return text.where(product == catalogue.MINUTES, "Usage", once)


def _charge_models(product: np.ndarray) -> pa.Array:
    flat = text.where(product == catalogue.ONBOARDING, "Flat Fee Pricing", "Per Unit Pricing")
    return text.where(product == _DISCOUNT, "Discount-Percentage", flat)


def _units(product: np.ndarray) -> pa.Array:
    has_none = (product == catalogue.ONBOARDING) | (product == _DISCOUNT)
    return text.where(has_none, None, text.where(product == catalogue.MINUTES, "Minute", "Each"))


def product_rate_plan_charges(snapshot: Snapshot) -> pa.Table:
    """One charge per plan."""
    plans = _plans()
    count = len(plans)
    return pa.table(
        {
            "id": plan_charge_ids(plans.product, plans.interval),
            "productRatePlanId": _plan_ids(plans.product, plans.interval),
            "name": _product_names(plans.product),
            "chargeType": _charge_types(plans.product),
            "chargeModel": _charge_models(plans.product),
            "billingPeriod": _names(_PERIODS, plans.interval),
            "specificBillingPeriod": whole(np.zeros(count), np.zeros(count, dtype=bool)),
            "uOM": _units(plans.product),
            **_changed_record(moments(np.full(count, _SINCE), 9 * _HOUR), at=end_of(snapshot.day)),
        }
    )


def _product_names(product: np.ndarray) -> pa.Array:
    return text.chosen([*(each.name for each in catalogue.ALL_PRODUCTS), "Discount"], product)


# Versions of subscriptions


def _followed_by(following: np.ndarray, last: object, count: int) -> np.ndarray:
    """What follows each of `count` rows, and `last` after the last one: where there are no rows, nothing does."""
    return np.append(following, last)[:count]


def _segments(snapshot: Snapshot) -> Frame:
    """Stretches of time in which a subscription's plan and quantity stay the same, as far as they have begun.

    `place` counts them within their subscription, `line` the plans it had so far, `number` those of one plan.
    """
    sold = snapshot.world.subscriptions
    is_here = np.zeros(len(sold.subscriptions), dtype=bool)
    is_here[begun(snapshot, SYSTEM)] = True
    periods = sold.periods
    is_first = periods.number == 0
    other_plan = ~is_first & (periods.plan != np.roll(periods.plan, 1))
    other_quantity = ~is_first & (periods.quantity != np.roll(periods.quantity, 1))
    rows = np.flatnonzero(
        (is_first | other_plan | other_quantity) & is_here[periods.subscription] & (periods.start <= snapshot.day)
    )
    chosen = periods.take(rows)
    first = np.maximum.accumulate(np.where(is_first[rows], np.arange(len(rows)), 0))
    is_new_line = is_first[rows] | other_plan[rows]
    plans_so_far = np.cumsum(is_new_line)
    line_start = np.maximum.accumulate(np.where(is_new_line, np.arange(len(rows)), 0))
    is_last = _followed_by(chosen.subscription[1:] != chosen.subscription[:-1], True, len(rows))
    return Frame(
        subscription=chosen.subscription,
        place=np.arange(len(rows)) - first,
        line=plans_so_far - plans_so_far[first],
        number=np.arange(len(rows)) - line_start + 1,
        plan=chosen.plan,
        quantity=chosen.quantity,
        start=chosen.start,
        until=np.where(is_last, NEVER, _followed_by(chosen.start[1:], NEVER, len(rows))),
    )


def _versions(snapshot: Snapshot, segments: Frame) -> Frame:
    """Every version of a subscription: one per segment, and one that ends it once notice is given.

    `segment` is the position of the last segment that the version knows.
    """
    of = snapshot.world.subscriptions.subscriptions
    hours = np.where(segments.place == 0, 5 * _HOUR + 1800, 4 * _HOUR)
    changed = Frame(
        subscription=segments.subscription,
        segment=np.arange(len(segments)),
        number=segments.place + 1,
        made=moments(segments.start, hours),
        is_end=np.zeros(len(segments), dtype=bool),
    )
    is_last = np.append(segments.subscription[1:] != segments.subscription[:-1], True)
    ending = changed.take(is_last & (of.cancelled[segments.subscription] <= snapshot.day))
    ending = ending.extended(
        number=ending.number + 1,
        made=moments(of.cancelled[ending.subscription], 10 * _HOUR),
        is_end=np.ones(len(ending), dtype=bool),
    )
    both = Frame.stacked([changed, ending])
    return both.take(np.lexsort((both.number, both.subscription)))


def _version_key(subscription: np.ndarray, number: np.ndarray) -> np.ndarray:
    return np.asarray(subscription) * 1000 + number


def _version_ids(subscription: np.ndarray, number: np.ndarray) -> pa.Array:
    return text.zuora_ids("subscription", _version_key(subscription, number))


def subscription_names(subscriptions: np.ndarray) -> pa.Array:
    """What all versions of a subscription are called: A-S00000012."""
    return text.joined("A-S", text.padded(np.asarray(subscriptions), 8))


def subscriptions(snapshot: Snapshot) -> pa.Table:
    """All versions. One that a later one took the place of is expired; notice makes the last one, with its end."""
    at, segments = end_of(snapshot.day), _segments(snapshot)
    versions = _versions(snapshot, segments)
    of = snapshot.world.subscriptions.subscriptions.take(versions.subscription)
    count = len(versions)
    is_latest = _followed_by(versions.subscription[1:] != versions.subscription[:-1], True, count)
    replaced = np.where(is_latest, _FAR, _followed_by(versions.made[1:], _FAR, count))
    ended = np.where(versions.is_end & is_latest, moments(of.ended, 5 * _HOUR), _FAR)
    status = text.where(ended <= at, "Cancelled", "Active")
    end = dates(np.where(versions.is_end, of.ended, NEVER))
    return pa.table(
        {
            "Id": _version_ids(versions.subscription, versions.number),
            "OriginalId": _version_ids(versions.subscription, np.ones(count, dtype=np.int64)),
            "PreviousSubscriptionId": text.where(
                versions.number > 1, _version_ids(versions.subscription, versions.number - 1), None
            ),
            "Name": subscription_names(versions.subscription),
            "Version": whole(versions.number),
            "IsLatestVersion": truths(is_latest),
            "AccountId": VENDORS[SYSTEM].customer_ids(of.customer),
            "Status": text.where(is_latest, status, "Expired"),
            "TermType": text.repeated("EVERGREEN", count),
            "ContractEffectiveDate": dates(of.start),
            "SubscriptionStartDate": dates(of.start),
            "SubscriptionEndDate": end,
            "CancelledDate": end,
            "AutoRenew": truths(np.zeros(count)),
            "ContractNumber__c": contract_numbers(versions.subscription),
            **_changed(versions.made, replaced, ended, at=at),
            "Deleted": _kept(count),
        }
    )


def _amendment_ids(subscription: np.ndarray, number: np.ndarray) -> pa.Array:
    return text.zuora_ids("amendment", _version_key(subscription, number))


def amendments(snapshot: Snapshot) -> pa.Table:
    """What made each version but the first out of the one before."""
    segments = _segments(snapshot)
    versions = _versions(snapshot, segments)
    versions = versions.take(versions.number > 1)
    segment = segments.take(versions.segment)
    kind = text.where(segment.number == 1, "ChangePlan", "UpdateProduct")
    ended = snapshot.world.subscriptions.subscriptions.ended[versions.subscription]
    count = len(versions)
    return pa.table(
        {
            "Id": _amendment_ids(versions.subscription, versions.number),
            "Code": text.joined("A-AM", text.padded(_version_key(versions.subscription, versions.number), 8)),
            "Name": text.repeated("Change of contract", count),
            "Type": text.where(versions.is_end, "Cancellation", kind),
            "Status": text.repeated("Completed", count),
            "SubscriptionId": _version_ids(versions.subscription, versions.number - 1),
            "ContractEffectiveDate": dates(np.where(versions.is_end, ended, segment.start)),
            **_changed(versions.made, at=end_of(snapshot.day)),
            "Deleted": _kept(count),
        }
    )


def _charges(snapshot: Snapshot) -> Frame:
    """The charges of every version: the segments it knows, and usage, onboarding and discount where it has them.

    `line` tells the charge within its subscription, `place` the row within its version.
    """
    segments = _segments(snapshot)
    versions = _versions(snapshot, segments)
    of = snapshot.world.subscriptions.subscriptions.take(versions.subscription)
    parent, place = expanded(segments.place[versions.segment] + 1)
    known = versions.segment[parent] - segments.place[versions.segment][parent] + place
    segment = segments.take(known)
    is_newest = known == versions.segment[parent]
    end = np.where(versions.is_end, of.ended, NEVER)
    is_last = is_newest | (segment.line != segments.line[np.minimum(known + 1, len(segments) - 1)])
    plans = Frame(
        version=parent,
        line=segment.line,
        place=place,
        product=segment.plan,
        interval=of.interval[parent],
        quantity=segment.quantity,
        start=segment.start,
        end=np.where(is_newest, end[parent], segment.until),
        number=segment.number,
        is_last=is_last,
    )

    def beside(has_it: np.ndarray, line: int, product: int, interval: np.ndarray) -> Frame:
        rows = np.flatnonzero(has_it)
        ones = np.ones(len(rows), dtype=np.int64)
        return Frame(
            version=rows,
            line=line * ones,
            place=line * ones,
            product=product * ones,
            interval=interval[rows],
            quantity=-ones,
            start=of.start[rows],
            end=of.start[rows] + 1 if product == catalogue.ONBOARDING else end[rows],
            number=ones,
            is_last=ones > 0,
        )

    count = len(versions)
    monthly, once = np.ones(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    charges = Frame.stacked(
        [
            plans,
            beside(of.is_metered, _USAGE_LINE, catalogue.MINUTES, monthly),
            beside(of.has_onboarding, _ONBOARDING_LINE, catalogue.ONBOARDING, once),
            beside(of.discount > 0, _DISCOUNT_LINE, _DISCOUNT, once),
        ]
    )
    charges = charges.take(np.lexsort((charges.place, charges.version)))
    version = versions.take(charges.version)
    return charges.extended(
        subscription=version.subscription,
        version_number=version.number,
        made=version.made,
        version_place=segments.place[version.segment],
        is_end=version.is_end,
        currency=of.currency[charges.version],
        discount=of.discount[charges.version],
    )


def _charge_ids(subscription: np.ndarray, version: np.ndarray, place: np.ndarray) -> pa.Array:
    return text.zuora_ids("rate plan charge", _version_key(subscription, version) * 1000 + place)


def charge_numbers(subscription: np.ndarray, line: np.ndarray) -> pa.Array:
    """What a charge is called in all versions of its subscription: C-00012000."""
    return text.joined("C-", text.padded(np.asarray(subscription) * 1000 + line, 8))


def _rate_plan_ids(subscription: np.ndarray, version: np.ndarray, line: np.ndarray) -> pa.Array:
    return text.zuora_ids("rate plan", _version_key(subscription, version) * 1000 + line)


def rate_plans(snapshot: Snapshot) -> pa.Table:
    """The plans of every version; one that was changed or taken out says by which amendment."""
    charges = _charges(snapshot)
    # The newest segment of each plan stands for it.
    plans = charges.take(charges.is_last)
    is_plan = plans.line < _USAGE_LINE
    amended = is_plan & (plans.version_number > 1) & ~plans.is_end
    is_newest = plans.place == plans.version_place
    is_removed = amended & ~is_newest & (plans.place == plans.version_place - 1)
    kind = text.where(plans.number == 1, "NewProduct", "UpdateProduct")
    has_kind = (amended & is_newest) | is_removed
    count = len(plans)
    return pa.table(
        {
            "Id": _rate_plan_ids(plans.subscription, plans.version_number, plans.line),
            "SubscriptionId": _version_ids(plans.subscription, plans.version_number),
            "ProductRatePlanId": _plan_ids(plans.product, plans.interval),
            "AmendmentId": text.where(has_kind, _amendment_ids(plans.subscription, plans.version_number), None),
            "AmendmentType": text.where(is_removed, "RemoveProduct", text.where(has_kind, kind, None)),
            "Name": _product_names(plans.product),
            **_changed(plans.made, at=end_of(snapshot.day)),
            "Deleted": _kept(count),
        }
    )


def rate_plan_charges(snapshot: Snapshot) -> pa.Table:
    """Charges by segment; the last segment has no end before the subscription has one."""
    charges = _charges(snapshot)
    is_plan = charges.line < _USAGE_LINE
    count, is_discount = len(charges), charges.product == _DISCOUNT
    product = np.where(is_plan, charges.product, catalogue.CLOUD_PLANS[0])
    interval = np.where(is_plan, charges.interval, 1)
    charge = pipeline.interval_price(product, interval, charges.currency) * charges.quantity
    mrr = scaled(charge * 10 ** (_MRR_SCALE - MINOR_UNITS[charges.currency]), 1, interval)
    in_first = np.where(is_plan, charges.place, charges.line)
    first_version = np.where(is_plan, charges.place + 1, 1)
    return pa.table(
        {
            "Id": _charge_ids(charges.subscription, charges.version_number, charges.place),
            "OriginalId": _charge_ids(charges.subscription, first_version, in_first),
            "RatePlanId": _rate_plan_ids(charges.subscription, charges.version_number, charges.line),
            "ProductRatePlanChargeId": plan_charge_ids(charges.product, charges.interval),
            "ChargeNumber": charge_numbers(charges.subscription, charges.line),
            "Name": _product_names(charges.product),
            "ChargeType": _charge_types(charges.product),
            "ChargeModel": _charge_models(charges.product),
            "BillingPeriod": _names(_PERIODS, charges.interval),
            "SpecificBillingPeriod": whole(np.zeros(count), np.zeros(count, dtype=bool)),
            "Quantity": decimals(np.where(is_plan, charges.quantity, 1), 0),
            "UOM": _units(charges.product),
            "MRR": decimals(np.where(is_plan, mrr, 0), _MRR_SCALE, 28),
            "Segment": whole(charges.number),
            "Version": whole(first_version),
            "IsLastSegment": truths(charges.is_last),
            "EffectiveStartDate": dates(charges.start),
            "EffectiveEndDate": dates(charges.end),
            "DiscountLevel": text.where(is_discount, "subscription", None),
            "ApplyDiscountTo": text.where(is_discount, "RECURRING", None),
            **_changed(charges.made, at=end_of(snapshot.day)),
            "Deleted": _kept(count),
        }
    )


def rate_plan_charge_tiers(snapshot: Snapshot) -> pa.Table:
    """The price of each charge, or what it reduces by."""
    charges = _charges(snapshot)
    is_discount, count = charges.product == _DISCOUNT, len(charges)
    is_plan = charges.line < _USAGE_LINE
    product = np.where(is_plan, charges.product, catalogue.CLOUD_PLANS[0])
    plan_price = pipeline.interval_price(product, np.where(is_plan, charges.interval, 1), charges.currency)
    once = pipeline.list_price(np.full(count, catalogue.ONBOARDING), charges.currency)
    hundredths = np.where(charges.product == catalogue.ONBOARDING, 100 * once, 100 * plan_price)
    hundredths = np.where(charges.product == catalogue.MINUTES, minute_price(charges.currency), hundredths)
    # In hundredths of a minor unit: four decimals hold them in every currency.
    unscaled = np.where(is_discount, 0, hundredths * 10 ** (2 - MINOR_UNITS[charges.currency]))
    identity = _version_key(charges.subscription, charges.version_number) * 1000 + charges.place
    return pa.table(
        {
            "Id": text.zuora_ids("rate plan charge tier", identity),
            "RatePlanChargeId": _charge_ids(charges.subscription, charges.version_number, charges.place),
            "Tier": whole(np.ones(count)),
            "Price": decimals(unscaled, 4),
            "DiscountPercentage": decimals(np.where(is_discount, charges.discount, 0), 0),
            "DiscountAmount": decimals(np.zeros(count, dtype=np.int64), 2),
            **_changed(charges.made, at=end_of(snapshot.day)),
            "Deleted": _kept(count),
        }
    )


class _Charged:
    """Which version and segment of a subscription was in force on a day, for what is billed or used on it."""

    def __init__(self, snapshot: Snapshot):
        self._segments = _segments(snapshot)
        self._keys = self._segments.subscription * 10**6 + self._segments.start

    def _place(self, subscription: np.ndarray, on: np.ndarray) -> np.ndarray:
        found = np.searchsorted(self._keys, np.asarray(subscription) * 10**6 + on, side="right") - 1
        return self._segments.place[found]

    def version_ids(self, subscription: np.ndarray, on: np.ndarray) -> pa.Array:
        """The version of the day."""
        return _version_ids(subscription, self._place(subscription, on) + 1)

    def charge_ids(self, subscription: np.ndarray, on: np.ndarray, line: np.ndarray) -> pa.Array:
        """The charge of that version: its newest segment, or the one beside its plans that `line` names."""
        place = self._place(subscription, on)
        return _charge_ids(subscription, place + 1, np.where(line < _USAGE_LINE, place, line))


# Invoices


def _invoice_ids(rows: np.ndarray) -> pa.Array:
    return text.zuora_ids("invoice", rows)


def invoices(snapshot: Snapshot) -> pa.Table:
    """Invoices with what is settled of them as of the day. What is written off is settled by a credit memo."""
    sold, at, rows = snapshot.world.subscriptions, end_of(snapshot.day), invoices_here(snapshot, SYSTEM)
    chosen = sold.invoices.take(rows)
    created, finalised = invoice_created(sold.invoices)[rows], invoice_finalised(sold.invoices)[rows]
    paid_at = invoice_paid(snapshot)[rows]
    lost_at = np.where(chosen.fate == UNCOLLECTIBLE, moments(chosen.settled, 12 * _HOUR), _FAR)
    voided_at, removed_at = moments(chosen.voided, 15 * _HOUR), moments(chosen.removed, 16 * _HOUR)
    is_final, is_paid, is_lost, is_void = finalised <= at, paid_at <= at, lost_at <= at, voided_at <= at
    net, currency = chosen.total - chosen.tax, chosen.currency
    balance = np.where(is_paid | is_lost | is_void | ~is_final, 0, chosen.total)
    # A draft has its number already; those that never become final have numbers of their own.
    drafts = text.joined(text.chosen(ENTITY_CODES, chosen.entity), "-D", text.padded(rows, 8))
    return pa.table(
        {
            "Id": _invoice_ids(rows),
            "InvoiceNumber": text.where(chosen.day < NEVER, invoice_numbers(sold.invoices, rows), drafts),
            "AccountId": VENDORS[SYSTEM].customer_ids(chosen.customer),
            "Status": text.where(is_final, text.where(is_void, "Canceled", "Posted"), "Draft"),
            "InvoiceDate": dates(np.where(is_final, chosen.day, chosen.created)),
            "DueDate": dates(np.where(is_final, chosen.due, chosen.created)),
            "Amount": money(chosen.total, currency),
            "AmountWithoutTax": money(net, currency),
            "TaxAmount": money(chosen.tax, currency),
            "Balance": money(balance, currency),
            "PaymentAmount": money(np.where(is_paid, chosen.total, 0), currency),
            "CreditMemoAmount": money(np.where(is_lost, chosen.total, 0), currency),
            "Currency": currencies(currency),
            "PostedDate": times(np.where(is_final, finalised, 0), is_final),
            "PostingBatch__c": text.where(chosen.entity == SINGAPORE, batches(chosen), None),
            **_changed(created, finalised, paid_at, lost_at, voided_at, removed_at, at=at),
            "Deleted": truths(removed_at <= at),
        }
    )


def invoice_items(snapshot: Snapshot) -> pa.Table:
    """What each invoice charges for, and under it what is taken off. A period ends with its last day."""
    sold, at = snapshot.world.subscriptions, end_of(snapshot.day)
    is_shown = np.zeros(len(sold.invoices), dtype=bool)
    is_shown[invoices_here(snapshot, SYSTEM)] = True
    rows = np.flatnonzero(is_shown[sold.lines.invoice])
    lines = sold.lines.take(rows).extended(tax=line_taxes(sold.lines, sold.invoices)[rows], row=rows)
    lines = lines.extended(is_discount=np.zeros(len(lines), dtype=bool))
    taken_off = lines.take(lines.discount > 0)
    taken_off = taken_off.extended(
        amount=-taken_off.discount, tax=np.zeros(len(taken_off), dtype=np.int64), is_discount=taken_off.discount > 0
    )
    items = Frame.stacked([lines, taken_off])
    items = items.take(np.lexsort((items.is_discount, items.row)))
    invoice = sold.invoices.take(items.invoice)
    of = sold.subscriptions.take(invoice.subscription)
    is_discount, is_usage = items.is_discount, items.charge_type == USAGE
    is_once = (items.charge_type == ONE_OFF) & ~is_discount
    line = np.where(is_usage, _USAGE_LINE, np.where(is_once, _ONBOARDING_LINE, 0))
    line = np.where(is_discount, _DISCOUNT_LINE, line)
    product = np.where(is_discount, _DISCOUNT, items.product)
    interval = np.where(items.charge_type == RECURRING, of.interval, np.where(is_usage, 1, 0))
    unit = np.where(is_usage, minute_price(invoice.currency), 100 * (items.amount // np.maximum(items.quantity, 1)))
    # Somebody bills by hand what no subscription has.
    charged, is_free = _Charged(snapshot), is_once & ~of.has_onboarding
    charge_ids = charged.charge_ids(invoice.subscription, invoice.created, line)
    removed_at = moments(invoice.removed, 16 * _HOUR)
    created = invoice_created(sold.invoices)[items.invoice]
    finalised = invoice_finalised(sold.invoices)[items.invoice]
    count = len(items)
    return pa.table(
        {
            "Id": text.zuora_ids("invoice item", items.row * 2 + is_discount),
            "InvoiceId": _invoice_ids(items.invoice),
            "SubscriptionId": charged.version_ids(invoice.subscription, invoice.created),
            "RatePlanChargeId": text.where(is_free, None, charge_ids),
            "ProductRatePlanChargeId": plan_charge_ids(product, np.where(is_discount, 0, interval)),
            "AppliedToInvoiceItemId": text.where(is_discount, text.zuora_ids("invoice item", items.row * 2), None),
            "ProcessingType": text.where(is_discount, "1", "0"),
            "ChargeName": _product_names(product),
            "ChargeAmount": money(items.amount, invoice.currency),
            "TaxAmount": money(items.tax, invoice.currency),
            "TaxMode": text.repeated("TaxExclusive", count),
            "Quantity": decimals(np.where(is_discount, 1, items.quantity), 0),
            "UnitPrice": decimals(unit * 10 ** (2 - MINOR_UNITS[invoice.currency]), 4),
            "UOM": _units(product),
            "ServiceStartDate": dates(items.start),
            "ServiceEndDate": dates(items.end - 1),
            **_changed(created, finalised, removed_at, at=at),
            "Deleted": truths(removed_at <= at),
        }
    )


def _credit_memo_ids(invoice: np.ndarray, is_loss: np.ndarray) -> pa.Array:
    return text.zuora_ids("credit memo", np.asarray(invoice) * 2 + is_loss)


def credit_memos(snapshot: Snapshot) -> pa.Table:
    """Memos that are refunded, and the one that settles an invoice written off."""
    sold = snapshot.world.subscriptions
    notes_here, lost = noted_here(snapshot, SYSTEM), written_off_here(snapshot, SYSTEM)
    notes = sold.credit_notes.take(notes_here)
    is_loss = np.repeat([False, True], [len(notes_here), len(lost)])
    rows = np.concatenate([notes.invoice, lost])
    on = np.concatenate([notes.day, sold.invoices.settled[lost]])
    tax = np.concatenate([notes.tax, sold.invoices.tax[lost]])
    total = np.concatenate([notes.total, sold.invoices.total[lost]])
    numbers = pa.concat_arrays(
        [credit_note_numbers(sold, notes_here), text.joined(invoice_numbers(sold.invoices, lost), "-WO-01")]
    )
    invoice, count = sold.invoices.take(rows), len(rows)
    made = moments(on, np.where(is_loss, 12, 11) * _HOUR)
    zero = np.zeros(count, dtype=np.int64)
    return pa.table(
        {
            "id": _credit_memo_ids(rows, is_loss),
            "memoNumber": numbers,
            "accountId": VENDORS[SYSTEM].customer_ids(invoice.customer),
            "invoiceId": _invoice_ids(rows),
            "memoDate": dates(on),
            "status": text.repeated("Posted", count),
            "currency": currencies(invoice.currency),
            "totalAmount": money(total, invoice.currency),
            "totalAmountWithoutTax": money(total - tax, invoice.currency),
            "taxAmount": money(tax, invoice.currency),
            "balance": money(zero, invoice.currency),
            "appliedAmount": money(np.where(is_loss, total, 0), invoice.currency),
            "refundAmount": money(np.where(is_loss, 0, total), invoice.currency),
            "reasonCode": text.where(is_loss, "Write-off", "Order change"),
            "postedOn": times(made),
            **_changed_record(made, at=end_of(snapshot.day)),
        }
    )


# Money and usage


def payments(snapshot: Snapshot) -> pa.Table:
    """Attempts to collect; one that failed applies to nothing."""
    sold, rows = snapshot.world.subscriptions, collected_here(snapshot, SYSTEM)
    chosen = sold.charges.take(rows)
    invoice = sold.invoices.take(chosen.invoice)
    received = np.where(chosen.succeeded, chosen.amount, 0)
    applied = np.where(is_not_applied(snapshot)[chosen.invoice], 0, received)
    count = len(rows)
    return pa.table(
        {
            "Id": text.zuora_ids("payment", rows),
            "PaymentNumber": text.joined("P-", text.padded(rows, 8)),
            "AccountId": VENDORS[SYSTEM].customer_ids(invoice.customer),
            "Type": text.where(invoice.sends_invoice, "External", "Electronic"),
            "Status": text.where(chosen.succeeded, "Processed", "Error"),
            "Amount": money(chosen.amount, invoice.currency),
            "AppliedAmount": money(applied, invoice.currency),
            "UnappliedAmount": money(received - applied, invoice.currency),
            "RefundAmount": money(np.zeros(count, dtype=np.int64), invoice.currency),
            "Currency": currencies(invoice.currency),
            "EffectiveDate": dates(chosen.day),
            "ReferenceId": text.where(invoice.sends_invoice, None, text.joined("gw_", text.padded(rows, 8))),
            **_changed(charge_created(sold.charges)[rows], at=end_of(snapshot.day)),
            "Deleted": _kept(count),
        }
    )


def payment_parts(snapshot: Snapshot) -> pa.Table:
    """The invoice that each successful payment settles."""
    sold, rows = snapshot.world.subscriptions, collected_here(snapshot, SYSTEM)
    rows = rows[sold.charges.succeeded[rows] & ~is_not_applied(snapshot)[sold.charges.invoice[rows]]]
    chosen = sold.charges.take(rows)
    return pa.table(
        {
            "Id": text.zuora_ids("payment part", rows),
            "PaymentId": text.zuora_ids("payment", rows),
            "InvoiceId": _invoice_ids(chosen.invoice),
            "Amount": money(chosen.amount, sold.invoices.currency[chosen.invoice]),
            **_changed(charge_created(sold.charges)[rows], at=end_of(snapshot.day)),
            "Deleted": _kept(len(rows)),
        }
    )


def _refunded(snapshot: Snapshot) -> tuple[np.ndarray, Frame, Frame]:
    """Credit notes paid back by the day, with their invoices."""
    rows = noted_here(snapshot, SYSTEM)
    notes = snapshot.world.subscriptions.credit_notes.take(rows)
    return rows, notes, snapshot.world.subscriptions.invoices.take(notes.invoice)


def refunds(snapshot: Snapshot) -> pa.Table:
    """What was paid back."""
    rows, notes, invoice = _refunded(snapshot)
    return pa.table(
        {
            "id": text.zuora_ids("refund", rows),
            "refundNumber": text.joined("R-", text.padded(rows, 8)),
            "accountId": VENDORS[SYSTEM].customer_ids(invoice.customer),
            "amount": money(notes.total, invoice.currency),
            "currency": currencies(invoice.currency),
            "status": text.repeated("Processed", len(rows)),
            "type": text.where(invoice.sends_invoice, "External", "Electronic"),
            "methodType": text.where(invoice.sends_invoice, "WireTransfer", "CreditCard"),
            "refundDate": dates(notes.day),
            **_changed_record(moments(notes.day, 11 * _HOUR + 60), at=end_of(snapshot.day)),
        }
    )


def refund_applications(snapshot: Snapshot) -> pa.Table:
    """Each refund pays back one credit memo."""
    rows, notes, invoice = _refunded(snapshot)
    return pa.table(
        {
            "id": text.zuora_ids("refund application", rows),
            "refundId": text.zuora_ids("refund", rows),
            "creditMemoId": _credit_memo_ids(notes.invoice, np.zeros(len(rows), dtype=np.int64)),
            "paymentId": text.repeated(None, len(rows)),
            "invoiceId": text.repeated(None, len(rows)),
            "applyAmount": money(notes.total, invoice.currency),
            **_changed_record(moments(notes.day, 11 * _HOUR + 60), at=end_of(snapshot.day)),
        }
    )


def usages(snapshot: Snapshot) -> pa.Table:
    """Minutes per subscription and day, from just after midnight at the tenant, reported in the evening."""
    of = snapshot.world.subscriptions.subscriptions
    usage = snapshot.usage
    here = snapshot.billing.bills(SYSTEM)[of.entity]
    seen = usage.take((usage.day <= snapshot.day) & here[usage.subscription])
    count = len(seen)
    return pa.table(
        {
            "Id": text.zuora_ids("usage", seen.subscription * 100_000 + seen.day),
            "AccountId": VENDORS[SYSTEM].customer_ids(of.customer[seen.subscription]),
            "RatePlanChargeId": _Charged(snapshot).charge_ids(seen.subscription, seen.day, np.full(count, _USAGE_LINE)),
            "Quantity": decimals(seen.quantity, 0),
            "UOM": text.repeated("Minute", count),
            "StartDateTime": times(midnight(TENANT_ZONE, seen.day) + 1800),
            "RbeStatus": text.repeated("Processed", count),
            "SourceType": text.repeated("API", count),
            **_changed(moments(seen.day, 20 * _HOUR), at=end_of(snapshot.day)),
            "Deleted": _kept(count),
        }
    )


TABLES = {
    make.__name__: make
    for make in (
        accounts,
        products,
        product_rate_plans,
        product_rate_plan_charges,
        credit_memos,
        refunds,
        refund_applications,
        subscriptions,
        amendments,
        rate_plans,
        rate_plan_charges,
        rate_plan_charge_tiers,
        invoices,
        invoice_items,
        payments,
        payment_parts,
        usages,
    )
}
