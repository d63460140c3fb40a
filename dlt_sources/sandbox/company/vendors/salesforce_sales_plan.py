"""Salesforce: the organisation and its currencies, territory models, quotas and collaborative forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import days, group, text
from dlt_sources.sandbox.company.columns import currencies, dates, decimals, moments, money, times, truths, whole
from dlt_sources.sandbox.company.days import day
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import CURRENCIES, LOCAL_CURRENCY, MINOR_UNITS, STAGES, TERRITORIES
from dlt_sources.sandbox.company.quotas import SALESPEOPLE_PER_ENTITY
from dlt_sources.sandbox.company.rates import scaled
from dlt_sources.sandbox.company.vendors.salesforce import has_territory, standing, territory_ids, user_ids

if TYPE_CHECKING:
    from dlt_sources.sandbox.company.world import Snapshot

_HOUR = 3600
_SINCE = day("2024-05-02")
_CORPORATE = 0
# Territory models: developer name, state, activated, deactivated. Only one can be active.
_MODELS = (
    ("Sales_2024", "Active", _SINCE, None),
    ("Sales_2027", "Planning", None, None),
    ("Regions_2022", "Archived", day("2022-01-03"), _SINCE),
)
_ACTIVE, _PLANNING = 0, 1
# The planned model has its own copies of the territories.
_COPIES = 100
_CODES = [territory[0] for territory in TERRITORIES]
_PARENTS = np.array([_CODES.index(territory[2]) if territory[2] else -1 for territory in TERRITORIES])
_ENTITY = np.array([group.ENTITY_CODES.index(territory[3]) if territory[3] else -1 for territory in TERRITORIES])
_TERRITORY_CURRENCY = np.where(_ENTITY >= 0, LOCAL_CURRENCY[_ENTITY], _CORPORATE)
# Forecast types: developer name, label, active, territory model. What was asked under the old one no longer counts.
_TYPES = (
    ("Territory_Revenue", "Territory Revenue", True, _ACTIVE),
    ("Opportunity_Revenue", "Opportunity Revenue", True, None),
    ("Product_Revenue_Old", "Product Revenue (old)", False, None),
)
TERRITORY_TYPE, PERSON_TYPE, _OLD_TYPE = range(3)
TYPES_IN_USE = [place for place, kind in enumerate(_TYPES) if kind[2]]
TYPE_NAMES = [name for name, *_ in _TYPES]
# Categories of forecast items: those of one category each, and those that add several up.
_SINGLE = ("PipelineOnly", "BestCaseOnly", "CommitOnly", "ClosedOnly")
_CATEGORY_OF_STAGE = np.array(
    [{"Pipeline": 0, "BestCase": 1, "Forecast": 2, "Closed": 3}.get(stage.crm_category, -1) for stage in STAGES]
    # What somebody called a new stage is forecast as best case.
    + [1] * len(group.UNKNOWN_STAGES)
)
_CUMULATIVE = {"OpenPipeline": (0, 1, 2), "BestCaseForecast": (1, 2, 3), "CommitForecast": (2, 3)}
_CATEGORIES = (*_SINGLE, *_CUMULATIVE)
_CATEGORY_NAMES = ["Pipeline", "Best Case", "Commit", "Closed", None, None, None]
# Months before and after the current one that can be looked at.
_MONTHS_SHOWN = (-2, 3)
# The heads of regions call their commit so many per cent lower than it adds up to.
_ADJUSTED_TO_PER_CENT = 95


def _model_ids(rows: np.ndarray) -> pa.Array:
    return text.salesforce_ids("0MA", np.asarray(rows) + 1)


def _type_ids(rows: np.ndarray) -> pa.Array:
    return text.salesforce_ids("0Db", np.asarray(rows) + 1)


def _period_ids(months: np.ndarray) -> pa.Array:
    return text.salesforce_ids("026", np.asarray(months))


def _constant(count: int) -> pa.Array:
    return times(moments(np.full(count, _SINCE), 8 * _HOUR))


# The organisation


def organizations(snapshot: Snapshot) -> pa.Table:
    """The one organisation; with several currencies it does not say which is its own: the corporate one is."""
    return pa.table(
        {
            "Id": ["00DSB0000000001AAA"],
            "Name": ["Meridian Machines Group"],
            "FiscalYearStartMonth": whole(np.array([1])),
            "UsesStartDateAsFiscalYearName": truths(np.ones(1)),
            # What a load adds where there is only one currency.
            "currency_iso_code": text.repeated(None, 1),
        }
    )


def currency_types(snapshot: Snapshot) -> pa.Table:
    """Currencies with their rate: units per unit of the corporate currency."""
    rows = np.arange(len(CURRENCIES))
    month = days.month_of(np.array([snapshot.day]))[0]
    return pa.table(
        {
            "Id": text.salesforce_ids("01L", rows + 1),
            "IsoCode": currencies(rows),
            "ConversionRate": decimals(_crm_rates(rows, month), 6),
            "DecimalPlaces": whole(MINOR_UNITS[rows]),
            "IsActive": truths(np.ones(len(rows))),
            "IsCorporate": truths(rows == _CORPORATE),
        }
    )


def dated_conversion_rates(snapshot: Snapshot) -> pa.Table:
    """The rates of each month, as somebody in sales operations enters them."""
    first, last = days.month_of(np.array([_SINCE, snapshot.day]))
    months = np.arange(first, last + 1)
    currency = np.tile(np.arange(len(CURRENCIES)), len(months))
    month = np.repeat(months, len(CURRENCIES))
    return pa.table(
        {
            "Id": text.salesforce_ids("04w", month * 100 + currency),
            "IsoCode": currencies(currency),
            "StartDate": dates(days.first_of_month(month)),
            "NextStartDate": dates(days.first_of_month(month + 1)),
            "ConversionRate": decimals(_crm_rates(currency, month), 6),
        }
    )


def _crm_rates(currency: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Millionths of a unit per corporate unit: near the price level, a little different every month."""
    level = np.rint(group.PRICE_LEVEL * 1_000).astype(np.int64)[currency]
    wobble = (np.asarray(month) * 7 + np.asarray(currency) * 13) % 21 - 10
    return level * np.where(np.asarray(currency) == _CORPORATE, 1_000, 1_000 + wobble)


def _at_crm_rates(amount: np.ndarray, source: np.ndarray, target: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Amounts in minor units of the target currency, at the CRM's own rates of the month."""
    exponent = MINOR_UNITS[target] - MINOR_UNITS[source]
    numerator = _crm_rates(target, month) * 10 ** np.maximum(exponent, 0)
    denominator = _crm_rates(source, month) * 10 ** np.maximum(-exponent, 0)
    return scaled(amount, numerator, denominator)


# Territories


def territory_models(snapshot: Snapshot) -> pa.Table:
    """The active model, one that is planned, and one of the past."""
    rows = np.arange(len(_MODELS))
    activated = np.array([days.NEVER if model[2] is None else model[2] for model in _MODELS])
    deactivated = np.array([days.NEVER if model[3] is None else model[3] for model in _MODELS])

    def at(day_numbers: np.ndarray) -> pa.Array:
        known = day_numbers < days.NEVER
        return times(moments(np.where(known, day_numbers, 0), 0), known)

    return pa.table(
        {
            "Id": _model_ids(rows),
            "Name": [model[0].replace("_", " ") for model in _MODELS],
            "DeveloperName": [model[0] for model in _MODELS],
            "State": [model[1] for model in _MODELS],
            "ActivatedDate": at(activated),
            "DeactivatedDate": at(deactivated),
            "SystemModstamp": _constant(len(rows)),
        }
    )


def territories(snapshot: Snapshot) -> pa.Table:
    """The territory tree, whose leaves belong to one entity each, and its copy in the model that is planned."""
    count = len(TERRITORIES)
    row, copies = np.tile(np.arange(count), 2), np.repeat([0, _COPIES], count)
    parent = _PARENTS[row]
    return pa.table(
        {
            "Id": territory_ids(row + copies),
            "Name": text.chosen([territory[1] for territory in TERRITORIES], row),
            "DeveloperName": text.joined(text.chosen(_CODES, row), text.where(copies > 0, "_2027", "")),
            "ParentTerritory2Id": text.where(parent >= 0, territory_ids(np.maximum(parent, 0) + copies), None),
            "Territory2ModelId": _model_ids(np.where(copies > 0, _PLANNING, _ACTIVE)),
            "Territory2TypeId": text.repeated(text.salesforce_ids("0M5", np.array([1]))[0].as_py(), len(row)),
            "ForecastUserId": user_ids(_forecast_users()[row]),
            "SystemModstamp": _constant(len(row)),
        }
    )


def _forecast_users() -> np.ndarray:
    """Who forecasts for each territory: the first salesperson of its entity, or the manager above."""
    managers = [len(group.SALESPEOPLE) + list(group.SALES_MANAGERS).index(code) for code in group.SALES_MANAGERS]
    users = _ENTITY * SALESPEOPLE_PER_ENTITY
    users[[_CODES.index(code) for code in group.SALES_MANAGERS]] = managers
    return users


def user_territories(snapshot: Snapshot) -> pa.Table:
    """Who works in which territory."""
    entity = np.repeat(np.arange(len(group.ENTITIES)), SALESPEOPLE_PER_ENTITY)
    user = np.append(np.arange(len(entity)), _forecast_users()[_ENTITY < 0])
    territory = np.append(group.TERRITORY_OF_ENTITY[entity], np.flatnonzero(_ENTITY < 0))
    return pa.table(
        {
            "Id": text.salesforce_ids("0My", user + 900_000),
            "UserId": user_ids(user),
            "Territory2Id": territory_ids(territory),
            "IsActive": truths(np.ones(len(user))),
            "RoleInTerritory2": text.where(user >= len(group.SALESPEOPLE), "Forecast Manager", "Account Executive"),
            "LastModifiedDate": _constant(len(user)),
        }
    )


# Quotas and forecasts


def forecast_periods(snapshot: Snapshot) -> pa.Table:
    """The months that can be forecast, and the quarters they belong to."""
    first, last = days.month_of(np.array([days.FIRST_DAY, days.HORIZON]))
    months = np.arange(first, last + 1)
    quarters = months[(months % 12) % 3 == 0]
    start, length = np.concatenate([months, quarters]), np.repeat([1, 3], [len(months), len(quarters)])
    is_month = length == 1
    return pa.table(
        {
            "Id": text.where(is_month, _period_ids(start), _period_ids(start + 10_000)),
            "Type": text.where(is_month, "Month", "Quarter"),
            "StartDate": dates(days.first_of_month(start)),
            "EndDate": dates(days.first_of_month(start + length) - 1),
            "Number": whole(np.where(is_month, start % 12 + 1, (start % 12) // 3 + 1)),
            "IsForecastPeriod": truths(is_month),
        }
    )


def forecasting_types(snapshot: Snapshot) -> pa.Table:
    """What is forecast: by territory, by salesperson, and one that is no longer used."""
    rows = np.arange(len(_TYPES))
    is_by_territory = np.array([kind[3] is not None for kind in _TYPES])
    return pa.table(
        {
            "Id": _type_ids(rows),
            "DeveloperName": TYPE_NAMES,
            "MasterLabel": [kind[1] for kind in _TYPES],
            "IsActive": truths(np.array([kind[2] for kind in _TYPES])),
            "IsAmount": truths(np.ones(len(rows))),
            "IsQuantity": truths(np.zeros(len(rows))),
            "DateType": text.repeated("OpportunityCloseDate", len(rows)),
            "RoleType": text.where(is_by_territory, "T", "R"),
            "HasProductFamily": truths(np.zeros(len(rows))),
            "IsAdvCurrencyMgmt": truths(np.zeros(len(rows))),
            "OpportunitySplitTypeId": text.repeated(None, len(rows)),
            "Territory2ModelId": text.where(is_by_territory, _model_ids(np.zeros(len(rows))), None),
        }
    )


def asked(snapshot: Snapshot) -> Frame:
    """All quotas: type, territory (-1 for a person's), user, month, amount in minor units of the currency.

    What is asked of a territory above others is a figure of its own, a little below what is asked of those under it.
    """
    world = snapshot.world.quotas
    is_person = world.salesperson >= 0
    of_territories = world.take(~is_person)
    territory = group.TERRITORY_OF_ENTITY[of_territories.entity]
    people = world.take(is_person)
    below = Frame(
        type=np.full(len(territory), TERRITORY_TYPE),
        territory=territory,
        user=_forecast_users()[territory],
        month=of_territories.month,
        currency=LOCAL_CURRENCY[of_territories.entity],
        amount=of_territories.amount,
    )
    of_people = Frame(
        type=np.full(len(people), PERSON_TYPE),
        territory=np.full(len(people), -1),
        user=people.salesperson,
        month=people.month,
        currency=LOCAL_CURRENCY[people.entity],
        amount=people.amount,
    )
    first_quarter = of_people.month <= days.month_of(np.array([days.FIRST_DAY]))[0] + 2
    old = of_people.take(first_quarter)
    old = old.extended(type=np.full(len(old), _OLD_TYPE))
    return Frame.stacked([below, _asked_of_heads(below), of_people, old])


def _asked_of_heads(below: Frame) -> Frame:
    """Quotas of the territories above others, in whole thousands of the corporate currency."""
    heads, months = np.flatnonzero(_ENTITY < 0), np.unique(below.month)
    corporate = np.full(len(below), _CORPORATE)
    amount = _at_crm_rates(below.amount, below.currency, corporate, below.month)
    place = np.searchsorted(months, below.month)
    totals = np.zeros((len(TERRITORIES), len(months)), dtype=np.int64)
    above = below.territory
    while (above >= 0).any():
        reached = above >= 0
        np.add.at(totals, (above[reached], place[reached]), amount[reached])
        above = np.where(reached, _PARENTS[above], -1)
    territory, month = np.repeat(heads, len(months)), np.tile(np.arange(len(months)), len(heads))
    thousand = 100_000
    return Frame(
        type=np.full(len(territory), TERRITORY_TYPE),
        territory=territory,
        user=_forecast_users()[territory],
        month=months[month],
        currency=np.full(len(territory), _CORPORATE),
        amount=totals[territory, month] * 97 // 100 // thousand * thousand,
    )


def forecasting_quotas(snapshot: Snapshot) -> pa.Table:
    """Quotas in the currency of whom they are asked; they do not add up by themselves."""
    rows = asked(snapshot)
    count = len(rows)
    number = (rows.type * 100 + rows.user) * 1_000 + rows.month
    return pa.table(
        {
            "Id": text.salesforce_ids("0J9", number),
            "QuotaOwnerId": user_ids(rows.user),
            "QuotaAmount": money(rows.amount, rows.currency),
            "QuotaQuantity": pa.nulls(count, pa.decimal128(23, 2)),
            "StartDate": dates(days.first_of_month(rows.month)),
            "PeriodId": _period_ids(rows.month),
            "ForecastingTypeId": _type_ids(rows.type),
            "Territory2Id": text.where(rows.territory >= 0, territory_ids(np.maximum(rows.territory, 0)), None),
            "ProductFamily": text.repeated(None, count),
            "IsAmount": truths(np.ones(count)),
            "IsQuantity": truths(np.zeros(count)),
            "CurrencyIsoCode": currencies(rows.currency),
            "SystemModstamp": _constant(count),
        }
    )


def forecast(snapshot: Snapshot) -> Frame:
    """Forecast items by territory: category, month, own and rolled-up amounts in minor units of the currency.

    The CRM puts opportunities into the currency of who forecasts, all of them at its present rates: those with dates
    are not for forecasts.
    """
    today = days.month_of(np.array([snapshot.day]))[0]
    months = np.arange(today + _MONTHS_SHOWN[0], today + _MONTHS_SHOWN[1] + 1)
    deals = standing(snapshot)
    category, month = _CATEGORY_OF_STAGE[deals.stage], days.month_of(deals.close_date)
    is_forecast = (deals.deleted > snapshot.day) & (category >= 0) & has_territory(deals.row)
    is_shown = is_forecast & (month >= months[0]) & (month <= months[-1])
    deals, category, month = deals.take(is_shown), category[is_shown], month[is_shown]
    shape = (len(TERRITORIES), len(months), len(_SINGLE))
    territory = group.TERRITORY_OF_ENTITY[deals.entity]
    place = month - months[0]
    own = _summed(deals, territory, place, category, today, shape)
    total, above = own.copy(), _PARENTS[territory]
    while (above >= 0).any():
        rows = above >= 0
        total += _summed(deals.take(rows), above[rows], place[rows], category[rows], today, shape)
        above = np.where(rows, _PARENTS[above], -1)
    for parts in _CUMULATIVE.values():
        own = np.concatenate([own, own[:, :, parts].sum(axis=2, keepdims=True)], axis=2)
        total = np.concatenate([total, total[:, :, parts].sum(axis=2, keepdims=True)], axis=2)
    node, column, kind = (axis.reshape(-1) for axis in np.indices(own.shape))
    called = total.reshape(-1)
    is_adjusted = (_PARENTS[node] == _CODES.index("WORLD")) & (_ENTITY[node] < 0) & (kind == 2) & (called > 0)
    return Frame(
        territory=node,
        month=months[column],
        category=kind,
        currency=_TERRITORY_CURRENCY[node],
        own=own.reshape(-1),
        total=called,
        called=np.where(is_adjusted, called * _ADJUSTED_TO_PER_CENT // 100, called),
    )


def _summed(
    deals: Frame, node: np.ndarray, place: np.ndarray, category: np.ndarray, today: int, shape: tuple[int, int, int]
) -> np.ndarray:
    """Amounts of deals in the territories `node`, in their currencies, by territory, place of the month and category.

    `today` is the month whose rates are the present ones.
    """
    rate_month = np.full(len(deals), today)
    amount = _at_crm_rates(deals.amount_shown, deals.currency, _TERRITORY_CURRENCY[node], rate_month)
    key = (node * shape[1] + place) * shape[2] + category
    return sum_by(key, amount, shape[0] * shape[1] * shape[2]).reshape(shape)


def forecasting_items(snapshot: Snapshot) -> pa.Table:
    """What the CRM forecasts per territory, month and category, with everything below a territory rolled up into it."""
    rows = forecast(snapshot)
    count = len(rows)
    parent = _PARENTS[rows.territory]

    def ids(territory: np.ndarray) -> pa.Array:
        return text.salesforce_ids("0J8", (territory * 1_000 + rows.month) * 10 + rows.category)

    return pa.table(
        {
            "Id": ids(rows.territory),
            "OwnerId": user_ids(_forecast_users()[rows.territory]),
            "PeriodId": _period_ids(rows.month),
            "ForecastingTypeId": _type_ids(np.full(count, TERRITORY_TYPE)),
            "Territory2Id": territory_ids(rows.territory),
            "ParentForecastingItemId": text.where(parent >= 0, ids(np.maximum(parent, 0)), None),
            "ForecastingItemCategory": text.chosen(list(_CATEGORIES), rows.category),
            "ForecastCategoryName": text.chosen(_CATEGORY_NAMES, rows.category),
            "ForecastAmount": money(rows.called, rows.currency),
            "AmountWithoutAdjustments": money(rows.total, rows.currency),
            "OwnerOnlyAmount": money(rows.own, rows.currency),
            "HasAdjustment": truths(rows.called != rows.total),
            "IsAmount": truths(np.ones(count)),
            "IsUpToDate": truths(np.ones(count)),
            "ProductFamily": text.repeated(None, count),
            "CurrencyIsoCode": currencies(rows.currency),
            "SystemModstamp": times(moments(np.full(count, snapshot.day), 20 * _HOUR)),
        }
    )


TABLES = {
    make.__name__: make
    for make in (
        organizations,
        currency_types,
        dated_conversion_rates,
        territory_models,
        territories,
        user_territories,
        forecast_periods,
        forecasting_types,
        forecasting_quotas,
        forecasting_items,
    )
}
