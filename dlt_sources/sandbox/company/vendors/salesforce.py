"""Salesforce: accounts with their hierarchy, opportunities with field history, contracts and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dlt_sources.sandbox.company import catalogue, days, group, parties, pipeline, text
from dlt_sources.sandbox.company.columns import currencies, dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import NEVER, day
from dlt_sources.sandbox.company.draws import scattered
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import STAGES, UNKNOWN_STAGES
from dlt_sources.sandbox.company.vendors.erp import opportunity_numbers
from dlt_sources.sandbox.company.vendors.invoicing import contract_numbers, variant_names

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_SINCE = day("2024-05-02")
_HOUR = 3600
_STAGE_NAMES = [stage.name for stage in STAGES] + list(UNKNOWN_STAGES)
_UNKNOWN_PROBABILITY = 60
# One opportunity in so many has no territory.
_WITHOUT_TERRITORY = 41
# A quote binds the company for so long.
_QUOTE_DAYS = 60
_PROBABILITIES = np.array([stage.probability for stage in STAGES] + [_UNKNOWN_PROBABILITY] * len(UNKNOWN_STAGES))
_CATEGORIES = [stage.crm_category for stage in STAGES] + ["BestCase"] * len(UNKNOWN_STAGES)
_CATEGORY_NAMES = [stage.crm_category_name for stage in STAGES] + ["Best Case"] * len(UNKNOWN_STAGES)
_IS_CLOSED = np.array([stage.is_closed for stage in STAGES] + [False] * len(UNKNOWN_STAGES))
_IS_WON = np.array([stage.is_won for stage in STAGES] + [False] * len(UNKNOWN_STAGES))
# Kinds of changes in the field history.
_FIELDS = ("created", "StageName", "Amount", "CloseDate")
_CREATED, _STAGE, _AMOUNT, _CLOSE_DATE = range(4)


def _sellable() -> np.ndarray:
    """Products the CRM offers: all but metered minutes and what only an error sells."""
    return np.array([row for row in range(len(catalogue.PRODUCTS)) if row != catalogue.MINUTES])


def user_ids(rows: np.ndarray) -> pa.Array:
    """Ids of salespeople."""
    return text.salesforce_ids("005", np.asarray(rows) + 300)


def opportunity_ids(rows: np.ndarray) -> pa.Array:
    """Ids of opportunities."""
    return text.salesforce_ids("006", np.asarray(rows) + 40_000)


def product_ids(rows: np.ndarray) -> pa.Array:
    """Ids of products."""
    return text.salesforce_ids("01t", np.asarray(rows) + 900)


def territory_ids(rows: np.ndarray) -> pa.Array:
    """Ids of territories."""
    return text.salesforce_ids("0MI", np.asarray(rows) + 10)


def _record_type_ids(rows: np.ndarray) -> pa.Array:
    return text.salesforce_ids("012", np.asarray(rows) + 5)


def _contract_ids(rows: np.ndarray) -> pa.Array:
    return text.salesforce_ids("800", np.asarray(rows) + 1_000)


def _time_of_day(rows: np.ndarray, salt: int) -> np.ndarray:
    return 7 * _HOUR + scattered(rows, salt) % (10 * _HOUR)


def _known_customers(snapshot: Snapshot) -> Frame:
    """Records of real customers; own companies and the collective customer are no accounts."""
    records = parties.known_on(snapshot.world.customers, snapshot.world.duplicates, snapshot.day)
    return records.take(records.customer >= parties.FIRST_CUSTOMER)


# Accounts and master data


def accounts(snapshot: Snapshot) -> pa.Table:
    """Accounts. With errors on, some have another name and no tax id, some another parent.

    A second account of a customer is deleted: by hand, or by merging it into the first one, which it then names.
    """
    frame, records = snapshot.world.customers, _known_customers(snapshot)
    rows, is_duplicate = records.customer, records.is_duplicate
    is_variant = np.isin(rows, snapshot.name_variants(system=0)) & ~is_duplicate
    parent = snapshot.crm_parents()[rows]
    official = parties.customer_names(frame, rows)
    created = moments(records.made, _time_of_day(rows, 81))
    is_deleted = records.gone <= snapshot.day
    is_merged = is_deleted & (scattered(rows, 63) % 2 == 0)
    stamp = times(np.where(is_deleted, moments(records.gone % NEVER, 18 * _HOUR), created))
    identity = text.where(is_duplicate, parties.duplicate_account_ids(rows), parties.crm_account_ids(rows))
    return pa.table(
        {
            "Id": identity,
            "Name": text.where(is_variant, variant_names(frame, rows), official),
            "ParentId": text.where(parent >= 0, parties.crm_account_ids(np.maximum(parent, 0)), None),
            "AccountNumber": text.where(is_duplicate, None, text.joined("A-", text.padded(rows, 6))),
            "Tax_Id__c": text.where(is_variant, None, _as_typed(parties.customer_tax_ids(frame, rows), rows)),
            "Lei__c": text.repeated(None, len(rows)),
            "BillingPostalCode": text.where(is_variant, None, parties.postal_codes(rows)),
            "BillingCity": text.where(is_variant, None, parties.cities(frame, rows)),
            "BillingStreet": text.repeated(None, len(rows)),
            "Phone": text.repeated(None, len(rows)),
            "BillingCountryCode": text.chosen([land.code for land in parties.COUNTRIES], frame.country[rows]),
            "Website": text.where(is_variant, None, text.joined("https://www.", _site(official))),
            "CurrencyIsoCode": currencies(frame.currency[rows]),
            "OwnerId": user_ids(frame.entity[rows] * 2 + rows % 2),
            "Type": text.repeated("Customer", len(rows)),
            "MasterRecordId": text.where(is_merged, parties.crm_account_ids(rows), None),
            "CreatedDate": times(created),
            "LastModifiedDate": stamp,
            "SystemModstamp": stamp,
            "IsDeleted": truths(is_deleted),
        }
    )


def _as_typed(tax_ids: pa.Array, rows: np.ndarray) -> pa.Array:
    """Tax ids as people type them: some in lower case, some with blanks or dots."""
    spaced = pc.replace_substring_regex(tax_ids, r"^(.{2})(.{3})(.*)$", r"\1 \2 \3")
    dotted = pc.replace_substring_regex(tax_ids, r"^(.{4})(.{3})(.*)$", r"\1.\2.\3")
    lower = pc.utf8_lower(tax_ids)
    style = rows % 7
    return text.where(style == 1, spaced, text.where(style == 3, dotted, text.where(style == 5, lower, tax_ids)))


def _site(names: pa.Array) -> pa.Array:
    words = pc.replace_substring_regex(pc.utf8_lower(names), r"[^a-z0-9 ]", "")
    return text.joined(pc.replace_substring_regex(words, r"^(\S+) (\S+).*$", r"\1-\2"), ".example")


def account_territories(snapshot: Snapshot) -> pa.Table:
    """The territory of each account: that of the entity that serves it."""
    frame, records = snapshot.world.customers, _known_customers(snapshot)
    rows = records.customer[~records.is_duplicate]
    return pa.table(
        {
            "Id": text.salesforce_ids("0My", rows),
            "ObjectId": parties.crm_account_ids(rows),
            "Territory2Id": territory_ids(group.TERRITORY_OF_ENTITY[frame.entity[rows]]),
            "AssociationCause": text.repeated("Territory2AssignmentRule", len(rows)),
            "SobjectType": text.repeated("Account", len(rows)),
            "LastModifiedDate": times(moments(records.made[~records.is_duplicate], 18 * _HOUR)),
        }
    )


def users(snapshot: Snapshot) -> pa.Table:
    """The salespeople, and behind them those who forecast for the territories above."""
    people = [*group.SALESPEOPLE, *group.SALES_MANAGERS.values()]
    count = len(people)
    names = [name.lower().replace(" ", ".") for name in people]
    return pa.table(
        {
            "Id": user_ids(np.arange(count)),
            "Username": [f"{name}@meridian.example" for name in names],
            "Name": people,
            "Email": [f"{name}@meridian.example" for name in names],
            "IsActive": truths(np.ones(count)),
            "UserRoleId": text.salesforce_ids("00E", np.arange(count) // 2),
            "SystemModstamp": times(moments(np.full(count, _SINCE), 8 * _HOUR)),
        }
    )


def record_types(snapshot: Snapshot) -> pa.Table:
    """Opportunities are for machines or for subscriptions."""
    count = len(group.RECORD_TYPES)
    return pa.table(
        {
            "Id": _record_type_ids(np.arange(count)),
            "Name": list(group.RECORD_TYPES),
            "DeveloperName": list(group.RECORD_TYPES),
            "SobjectType": ["Opportunity"] * count,
            "IsActive": truths(np.ones(count)),
        }
    )


def products(snapshot: Snapshot) -> pa.Table:
    """What may be offered."""
    rows = _sellable()
    return pa.table(
        {
            "Id": product_ids(rows),
            "Name": [catalogue.ALL_PRODUCTS[row].name for row in rows],
            "ProductCode": [catalogue.ALL_PRODUCTS[row].code for row in rows],
            "Family": [dict(catalogue.FAMILIES)[catalogue.ALL_PRODUCTS[row].family] for row in rows],
            "IsActive": truths(np.ones(len(rows))),
            "SystemModstamp": times(moments(np.full(len(rows), _SINCE), 8 * _HOUR)),
            "IsDeleted": truths(np.zeros(len(rows))),
        }
    )


def opportunity_stages(snapshot: Snapshot) -> pa.Table:
    """The stages; unknown ones once an opportunity has entered them."""
    entered = snapshot.unknown_stages_entered()
    rows = np.array([*range(len(STAGES)), *(len(STAGES) + place for place in entered)], dtype=np.int64)
    return pa.table(
        {
            "Id": text.salesforce_ids("01J", rows + 1),
            "ApiName": text.chosen(_STAGE_NAMES, rows),
            "MasterLabel": text.chosen(_STAGE_NAMES, rows),
            "SortOrder": whole(rows + 1),
            "IsActive": truths(np.ones(len(rows))),
            "IsClosed": truths(_IS_CLOSED[rows]),
            "IsWon": truths(_IS_WON[rows]),
            "ForecastCategory": text.chosen(_CATEGORIES, rows),
            "ForecastCategoryName": text.chosen(_CATEGORY_NAMES, rows),
            "DefaultProbability": decimals(_PROBABILITIES[rows], 0, 3),
        }
    )


# Opportunities


def _changes(snapshot: Snapshot) -> Frame:
    """Every change of an opportunity up to the day: field, old and new value (as number), when."""
    opportunities = snapshot.world.pipeline.opportunities
    rows = np.arange(len(opportunities))
    nothing = np.full(len(rows), -1)
    entries = pipeline.stage_entries(opportunities, "unknown_stage" in snapshot.switches)
    parts = [(_CREATED, opportunities.created, nothing, nothing, 0)]
    reached = entries[0][1]
    for place, (entered, stage) in enumerate(entries[1:]):
        # From the stage it was in before, whichever steps were left out.
        parts.append((_STAGE, entered, reached, stage, place))
        reached = np.where(entered < NEVER, stage, reached)
    parts.append((_AMOUNT, opportunities.proposed, pipeline.first_guess(opportunities), opportunities.amount, 1))
    for begins, old, new, place in close_dates(opportunities, entries[-1][0]):
        parts.append((_CLOSE_DATE, np.where(old != new, begins, NEVER), old, new, place))
    changes = Frame.stacked(
        [
            Frame(
                opportunity=rows,
                field=np.full(len(rows), field),
                day=begins,
                old=old,
                new=new,
                place=np.full(len(rows), place),
            )
            for field, begins, old, new, place in parts
        ]
    )
    changes = changes.take(changes.day <= np.minimum(snapshot.day, opportunities.deleted[changes.opportunity]))
    # Ids and times of day tell changes of one day apart in the order they happened.
    number = (changes.opportunity * len(_FIELDS) + changes.field) * 8 + changes.place
    when = moments(changes.day, _time_of_day(changes.opportunity, 83) + changes.field * 60 + changes.place)
    changes = changes.extended(number=number, when=when)
    return changes.take(np.lexsort((changes.number, changes.when)))


def close_dates(opportunities: Frame, closed: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]:
    """Changes of the expected close date: put off when negotiations begin, and set to the day when it is closed."""
    first = opportunities.first_close_date
    is_negotiated = opportunities.negotiated < NEVER
    put_off = np.where(is_negotiated, np.maximum(first, days.working_day_from(opportunities.negotiated + 20)), first)
    return [
        (opportunities.negotiated, first, put_off, 0),
        (closed, put_off, np.where(closed < NEVER, closed, 0), 1),
    ]


def has_territory(rows: np.ndarray) -> np.ndarray:
    """Whether an opportunity is in a territory: a few were taken out of theirs by hand."""
    return np.asarray(rows) % _WITHOUT_TERRITORY != _WITHOUT_TERRITORY - 1


def standing(snapshot: Snapshot) -> Frame:
    """Opportunities as they stand at the end of the day: stage, amount and close date beside what the world knows."""
    frame, today = snapshot.world.pipeline.opportunities, snapshot.day
    unknown = "unknown_stage" in snapshot.switches
    rows = np.flatnonzero(frame.created <= today)
    chosen = frame.take(rows)
    close_date = chosen.first_close_date
    for begins, _, new, _ in close_dates(chosen, pipeline.stage_entries(chosen, unknown)[-1][0]):
        close_date = np.where(begins <= today, new, close_date)
    return chosen.extended(
        row=rows,
        stage=pipeline.stage_on(chosen, np.minimum(today, chosen.deleted), unknown),
        amount_shown=np.where(chosen.proposed <= today, chosen.amount, pipeline.first_guess(chosen)),
        close_date=close_date,
    )


def opportunities(snapshot: Snapshot) -> pa.Table:
    """Opportunities as of the day; deleted ones stay, marked."""
    frame = snapshot.world.pipeline.opportunities
    chosen = standing(snapshot)
    rows, today, stage = chosen.row, snapshot.day, chosen.stage
    changes = _changes(snapshot)
    changed = np.zeros(len(frame), dtype=np.int64)
    np.maximum.at(changed, changes.opportunity, changes.when)
    is_deleted = chosen.deleted <= today
    stamp = np.where(is_deleted, moments(chosen.deleted % NEVER, 19 * _HOUR), changed[rows])
    is_machine = chosen.kind == pipeline.MACHINE
    has_contract = (chosen.subscription_of >= 0) & (chosen.closed <= today)
    name = text.joined(
        parties.customer_names(snapshot.world.customers, chosen.customer),
        text.where(is_machine, " - machines ", " - subscription "),
        text.plain(rows + 1),
    )
    return pa.table(
        {
            "Id": opportunity_ids(rows),
            "Opportunity_Number__c": opportunity_numbers(rows),
            "Name": name,
            "AccountId": parties.crm_account_ids(chosen.customer),
            "RecordTypeId": _record_type_ids(chosen.kind),
            "StageName": text.chosen(_STAGE_NAMES, stage),
            "Amount": money(chosen.amount_shown, chosen.currency),
            "CurrencyIsoCode": currencies(chosen.currency),
            "Probability": decimals(_PROBABILITIES[stage], 0, 3),
            "ForecastCategory": text.chosen(_CATEGORIES, stage),
            "ForecastCategoryName": text.chosen(_CATEGORY_NAMES, stage),
            "CloseDate": dates(chosen.close_date),
            "IsClosed": truths(_IS_CLOSED[stage]),
            "IsWon": truths(_IS_WON[stage]),
            "Type": text.chosen(list(pipeline.OPPORTUNITY_TYPES), chosen.type),
            "OwnerId": user_ids(chosen.owner),
            "Territory2Id": text.where(
                has_territory(rows), territory_ids(group.TERRITORY_OF_ENTITY[chosen.entity]), None
            ),
            "ContractId": text.where(has_contract, _contract_ids(np.maximum(chosen.subscription_of, 0)), None),
            "Company_Code__c": text.chosen(group.ENTITY_CODES, chosen.entity),
            "CreatedDate": times(moments(chosen.created, _time_of_day(rows, 83))),
            "LastModifiedDate": times(stamp),
            "SystemModstamp": times(stamp),
            "IsDeleted": truths(is_deleted),
        }
    )


def opportunity_lines(snapshot: Snapshot) -> pa.Table:
    """What is offered: entered with the proposal."""
    sold, today = snapshot.world.pipeline, snapshot.day
    rows = np.flatnonzero(sold.opportunities.proposed[sold.lines.opportunity] <= today)
    lines = sold.lines.take(rows)
    of = sold.opportunities.take(lines.opportunity)
    is_deleted = of.deleted <= today
    created = moments(of.proposed, _time_of_day(lines.opportunity, 83) + 30)
    return pa.table(
        {
            "Id": _opportunity_line_ids(rows),
            "OpportunityId": opportunity_ids(lines.opportunity),
            "Product2Id": product_ids(lines.product),
            "ProductCode": text.chosen(catalogue.CODES, lines.product),
            "Quantity": decimals(lines.quantity * 100, 2, 18),
            "UnitPrice": money(lines.price, of.currency),
            "ListPrice": money(lines.price, of.currency),
            "Discount": decimals(lines.discount * 100, 2, 5),
            "TotalPrice": money(lines.total, of.currency),
            "CurrencyIsoCode": currencies(of.currency),
            "ServiceDate": dates(np.where(lines.term > 0, of.first_close_date, NEVER)),
            "Term_Months__c": _null_where(lines.term == 0, lines.term),
            "SystemModstamp": times(np.where(is_deleted, moments(of.deleted % NEVER, 19 * _HOUR), created)),
            "CreatedDate": times(created),
            "IsDeleted": truths(is_deleted),
        }
    )


def quotes(snapshot: Snapshot) -> pa.Table:
    """What was offered in writing: presented with the proposal, accepted or denied when the opportunity is closed."""
    frame, today = snapshot.world.pipeline.opportunities, snapshot.day
    rows = np.flatnonzero(frame.proposed <= today)
    of = frame.take(rows)
    lines = snapshot.world.pipeline.lines
    total = sum_by(lines.opportunity, lines.total, len(frame))[rows]
    count = np.bincount(lines.opportunity, minlength=len(frame))[rows]
    is_deleted = of.deleted <= today
    # Where a stage nobody knows keeps an opportunity open, its quote stays open too.
    closed = pipeline.stage_entries(of, "unknown_stage" in snapshot.switches)[-1][0]
    is_closed = (closed <= today) & ~is_deleted
    created = moments(of.proposed, _time_of_day(rows, 83) + 90)
    changed = np.where(is_closed, moments(closed % NEVER, _time_of_day(rows, 83) + 4 * 60), created)
    changed = np.where(is_deleted, moments(of.deleted % NEVER, 19 * _HOUR), changed)
    answer = text.where(of.is_won, "Accepted", "Denied")
    return pa.table(
        {
            "Id": _quote_ids(rows),
            "QuoteNumber": text.padded(rows + 1, 8),
            "Name": text.joined("Quote ", opportunity_numbers(rows)),
            "OpportunityId": opportunity_ids(rows),
            "AccountId": parties.crm_account_ids(of.customer),
            "OwnerId": user_ids(of.owner),
            "Status": text.where(is_closed, answer, "Presented"),
            "ExpirationDate": dates(days.working_day_from(of.proposed + _QUOTE_DAYS)),
            "LineItemCount": whole(count),
            "Subtotal": money(total, of.currency),
            "TotalPrice": money(total, of.currency),
            "GrandTotal": money(total, of.currency),
            "CurrencyIsoCode": currencies(of.currency),
            "CreatedDate": times(created),
            "LastModifiedDate": times(changed),
            "SystemModstamp": times(changed),
            "IsDeleted": truths(is_deleted),
        }
    )


def quote_lines(snapshot: Snapshot) -> pa.Table:
    """The products of the quotes: those of the opportunity."""
    sold, today = snapshot.world.pipeline, snapshot.day
    rows = np.flatnonzero(sold.opportunities.proposed[sold.lines.opportunity] <= today)
    lines = sold.lines.take(rows)
    of = sold.opportunities.take(lines.opportunity)
    is_deleted = of.deleted <= today
    created = moments(of.proposed, _time_of_day(lines.opportunity, 83) + 90)
    return pa.table(
        {
            "Id": text.salesforce_ids("0QL", rows + 70_000),
            "QuoteId": _quote_ids(lines.opportunity),
            "OpportunityLineItemId": _opportunity_line_ids(rows),
            "LineNumber": text.padded(lines.number + 1, 8),
            "Product2Id": product_ids(lines.product),
            "Quantity": decimals(lines.quantity * 100, 2, 18),
            "UnitPrice": money(lines.price, of.currency),
            "ListPrice": money(lines.price, of.currency),
            "Discount": decimals(lines.discount * 100, 2, 5),
            "TotalPrice": money(lines.total, of.currency),
            "CurrencyIsoCode": currencies(of.currency),
            "CreatedDate": times(created),
            "SystemModstamp": times(np.where(is_deleted, moments(of.deleted % NEVER, 19 * _HOUR), created)),
            "IsDeleted": truths(is_deleted),
        }
    )


def _quote_ids(opportunities: np.ndarray) -> pa.Array:
    """An opportunity has one quote."""
    return text.salesforce_ids("0Q0", np.asarray(opportunities) + 20_000)


def _opportunity_line_ids(rows: np.ndarray) -> pa.Array:
    return text.salesforce_ids("00k", np.asarray(rows) + 70_000)


def _null_where(unknown: np.ndarray, numbers: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(unknown), pa.scalar(None, pa.decimal128(3, 0)), decimals(numbers, 0, 3))


def opportunity_field_history(snapshot: Snapshot) -> pa.Table:
    """Old and new values of stage, amount and close date, with the moment of the change."""
    changes = _changes(snapshot)
    of = snapshot.world.pipeline.opportunities.take(changes.opportunity)
    field = changes.field

    def values(number: np.ndarray) -> pa.Array:
        # Each kind of field spells its values in its own way.
        stage = text.chosen(_STAGE_NAMES, np.where(field == _STAGE, number, 0))
        amount = pc.cast(money(np.where(field == _AMOUNT, number, 0), of.currency), pa.string())
        close_date = pc.cast(dates(np.where(field == _CLOSE_DATE, number, 0)), pa.string())
        value = text.where(field == _STAGE, stage, text.where(field == _AMOUNT, amount, close_date))
        return text.where(field == _CREATED, None, value)

    is_deleted = of.deleted <= snapshot.day
    return pa.table(
        {
            "Id": text.salesforce_ids("017", changes.number),
            "OpportunityId": opportunity_ids(changes.opportunity),
            "Field": text.chosen(list(_FIELDS), field),
            "OldValue": values(changes.old),
            "NewValue": values(changes.new),
            "CreatedDate": times(changes.when),
            "CreatedById": user_ids(of.owner),
            "IsDeleted": truths(is_deleted),
        }
    )


# Contracts and orders


def contracts(snapshot: Snapshot) -> pa.Table:
    """One contract per subscription sold; with `duplicate_contract_id` some numbers were given twice."""
    sold, today = snapshot.world.subscriptions.subscriptions, snapshot.day
    rows = np.flatnonzero(sold.start <= today)
    signed = sold.start[rows]
    number = rows
    if "duplicate_contract_id" in snapshot.switches:
        twice = snapshot.world.seeded.contracts
        twice = twice.take(twice.day <= today)
        rows, signed = np.concatenate([rows, twice.subscription]), np.concatenate([signed, twice.day])
        number = np.concatenate([number, 500_000_000 + twice.subscription])
    of = sold.take(rows)
    end = days.add_months(of.start, of.term) - 1
    stamp = moments(signed, _time_of_day(number, 84))
    return pa.table(
        {
            "Id": _contract_ids(number),
            "AccountId": parties.crm_account_ids(of.customer),
            "ContractNumber": contract_numbers(rows),
            "Status": text.repeated("Activated", len(rows)),
            "StartDate": dates(of.start),
            "EndDate": dates(end),
            "ContractTerm": whole(of.term),
            "CurrencyIsoCode": currencies(of.currency),
            "SourceOpportunityId": opportunity_ids(of.opportunity),
            "Total_Value__c": money(of.value, of.currency),
            "SystemModstamp": times(stamp),
            "IsDeleted": truths(np.zeros(len(rows))),
            "CreatedDate": times(stamp),
        }
    )


def _won(snapshot: Snapshot) -> np.ndarray:
    opportunities = snapshot.world.pipeline.opportunities
    return np.flatnonzero(opportunities.is_won & (opportunities.closed <= snapshot.day))


def _order_of(snapshot: Snapshot, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ERP's order of each of these opportunities, and whether there is one."""
    of_opportunity = np.full(len(snapshot.world.pipeline.opportunities), -1)
    orders = snapshot.world.machines.orders
    of_opportunity[orders.opportunity] = np.arange(len(orders))
    return np.maximum(of_opportunity[rows], 0), of_opportunity[rows] >= 0


def orders(snapshot: Snapshot) -> pa.Table:
    """One order per won opportunity; one that the ERP has rejected is taken back to a draft that day."""
    frame, rows = snapshot.world.pipeline.opportunities, _won(snapshot)
    chosen = frame.take(rows)
    order, has_order = _order_of(snapshot, rows)
    rejected = snapshot.world.machines.orders.rejected[order]
    is_draft = has_order & snapshot.is_ordered[order] & (rejected <= snapshot.day)
    status = text.where(is_draft, "Draft", "Activated")
    surplus = np.where(has_order, snapshot.crm_surplus[order], 0)
    subscription = np.maximum(chosen.subscription_of, 0)
    is_subscription = chosen.subscription_of >= 0
    sold = snapshot.world.subscriptions.subscriptions
    end = days.add_months(sold.start[subscription], sold.term[subscription]) - 1
    return pa.table(
        {
            "Id": text.salesforce_ids("801", rows + 2_000),
            "AccountId": parties.crm_account_ids(chosen.customer),
            "ContractId": text.where(is_subscription, _contract_ids(subscription), None),
            "OpportunityId": opportunity_ids(rows),
            "OrderNumber": text.padded(rows + 1, 8),
            "EffectiveDate": dates(chosen.closed),
            "EndDate": dates(np.where(is_subscription, end, NEVER)),
            "Status": status,
            "StatusCode": status,
            "TotalAmount": money(chosen.amount + surplus, chosen.currency),
            "CurrencyIsoCode": currencies(chosen.currency),
            "SystemModstamp": times(moments(np.where(is_draft, rejected, chosen.closed), 18 * _HOUR)),
            "IsDeleted": truths(np.zeros(len(rows))),
        }
    )


def order_items(snapshot: Snapshot) -> pa.Table:
    """The lines of won opportunities."""
    sold = snapshot.world.pipeline
    of_all = sold.opportunities.take(sold.lines.opportunity)
    rows = np.flatnonzero(of_all.is_won & (of_all.closed <= snapshot.day))
    lines, of = sold.lines.take(rows), of_all.take(rows)
    order, has_order = _order_of(snapshot, lines.opportunity)
    surplus = np.where(has_order & (lines.number == 0), snapshot.crm_surplus[order], 0)
    is_term = lines.term > 0
    end = days.add_months(np.where(is_term, of.closed, days.FIRST_DAY), lines.term) - 1
    return pa.table(
        {
            "Id": text.salesforce_ids("802", rows + 3_000),
            "OrderId": text.salesforce_ids("801", lines.opportunity + 2_000),
            "Product2Id": product_ids(lines.product),
            "Quantity": decimals(lines.quantity * 100, 2, 18),
            "UnitPrice": money(lines.price, of.currency),
            "TotalPrice": money(lines.total + surplus, of.currency),
            "ServiceDate": dates(np.where(is_term, of.closed, NEVER)),
            "EndDate": dates(np.where(is_term, end, NEVER)),
            "SystemModstamp": times(moments(of.closed, 18 * _HOUR)),
            "IsDeleted": truths(np.zeros(len(rows))),
        }
    )


TABLES = {
    make.__name__: make
    for make in (
        accounts,
        opportunities,
        opportunity_lines,
        opportunity_field_history,
        quotes,
        quote_lines,
        opportunity_stages,
        products,
        users,
        record_types,
        account_territories,
        contracts,
        orders,
        order_items,
    )
}
