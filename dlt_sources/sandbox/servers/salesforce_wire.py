"""What Salesforce's objects, records, values and errors look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from starlette.responses import Response

from dlt_sources.sandbox.servers.soql import Column, Query, SObject
from dlt_sources.sandbox.servers.store import Store, identifier, json_bare, json_object, json_string, plain_decimal
from dlt_sources.sandbox.servers.web import json_response

# Object → resource; the key prefix is the standard object's.
OBJECTS = {
    "Account": ("accounts", "001"),
    "Opportunity": ("opportunities", "006"),
    "OpportunityLineItem": ("opportunity_lines", "00k"),
    "Quote": ("quotes", "0Q0"),
    "QuoteLineItem": ("quote_lines", "0QL"),
    "OpportunityFieldHistory": ("opportunity_field_history", "017"),
    "OpportunityStage": ("opportunity_stages", "01J"),
    "Product2": ("products", "01t"),
    "User": ("users", "005"),
    "RecordType": ("record_types", "012"),
    "Organization": ("organizations", "00D"),
    "CurrencyType": ("currency_types", "01L"),
    "DatedConversionRate": ("dated_conversion_rates", "04w"),
    "Territory2Model": ("territory_models", "0MA"),
    "Territory2": ("territories", "0MI"),
    "UserTerritory2Association": ("user_territories", "0My"),
    "ObjectTerritory2Association": ("account_territories", "0NE"),
    "Period": ("forecast_periods", "026"),
    "ForecastingType": ("forecasting_types", "0Db"),
    "ForecastingQuota": ("forecasting_quotas", "0J9"),
    "ForecastingItem": ("forecasting_items", "0J8"),
    "Contract": ("contracts", "800"),
    "Order": ("orders", "801"),
    "OrderItem": ("order_items", "802"),
}
# Reference fields and the object they point to; the relationship is the field's name without its last two letters.
REFERENCES = {
    "AccountId": "Account",
    "OpportunityId": "Opportunity",
    "Product2Id": "Product2",
    "RecordTypeId": "RecordType",
    "OwnerId": "User",
    "CreatedById": "User",
    "Territory2Id": "Territory2",
    "ParentTerritory2Id": "Territory2",
    "Territory2ModelId": "Territory2Model",
    "ForecastingTypeId": "ForecastingType",
    "PeriodId": "Period",
    "ParentForecastingItemId": "ForecastingItem",
    "UserId": "User",
    "QuotaOwnerId": "User",
    "ContractId": "Contract",
    "OrderId": "Order",
    "SourceOpportunityId": "Opportunity",
    "QuoteId": "Quote",
    "OpportunityLineItemId": "OpportunityLineItem",
}


@dataclass(frozen=True)
class Cursor:
    """An open query: its rows as they were when it was asked."""

    query: Query
    rows: pa.Table


def known_objects(store: Store) -> dict[str, SObject]:
    """The objects the snapshot has, with their fields and the parents SOQL may follow."""
    known = {}
    for name, (resource, _) in OBJECTS.items():
        if resource in store:
            # The vendor's own fields begin with a capital; what a load adds to them is not on the wire.
            fields = {field: kind for field, kind in store.columns(resource).items() if field[0].isupper()}
            references = {field: target for field, target in REFERENCES.items() if field in fields}
            if "ParentId" in fields:
                references["ParentId"] = name
            parents = {
                field[:-2]: (field, target) for field, target in references.items() if OBJECTS[target][0] in store
            }
            known[name] = SObject(name, resource, fields, parents)
    return known


def record_json(query: Query, path: tuple[str, ...], sobject: str, identity: str, root: str) -> str:
    """SQL for one record with its attributes; parents are records inside it, or null."""
    attributes = f'concat(\'{{"type":"{sobject}","url":"{root}/{sobject}/\', {identity}, \'"}}\')'
    members = [("attributes", attributes)]
    nested: set[str] = set()
    for column in query.columns:
        if column.path[: len(path)] != path:
            continue
        rest = column.path[len(path) :]
        if len(rest) == 1:
            members.append((rest[0], _json_value(column)))
        elif rest[0] not in nested:
            nested.add(rest[0])
            parent, marker = query.parents[(*path, rest[0])]
            inner = record_json(query, (*path, rest[0]), parent, identifier(marker), root)
            members.append((rest[0], f"case when {identifier(marker)} is null then 'null' else {inner} end"))
    return json_object(members)


def _json_value(column: Column) -> str:
    name = identifier(column.alias)
    match column.kind:
        case "varchar":
            return json_string(name)
        case "date":
            return f"coalesce('\"' || {name} || '\"', 'null')"
        case "timestamp":
            return f"coalesce('\"' || strftime({name}, '%Y-%m-%dT%H:%M:%S.%g+0000') || '\"', 'null')"
        case "decimal":
            return json_bare(number_text(name))
        case _:
            return json_bare(name)


def csv_value(column: Column) -> str:
    name = identifier(column.alias)
    match column.kind:
        case "timestamp":
            return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%gZ')"
        case "decimal":
            return number_text(name)
        case _:
            return name


def number_text(column: str) -> str:
    """SQL for a number's digits as Salesforce writes doubles: at least one decimal, no further trailing zeros."""
    digits = plain_decimal(column)
    return f"case when contains({digits}, '.') then {digits} else {digits} || '.0' end"


def rest_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def errors(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Salesforce's error body: an array, even for one error."""
    return json_response([{"message": message, "errorCode": code}], status, headers)
