"""Stripe's objects as JSON: names, nested objects, embedded lists, expansion."""

from dlt_sources.sandbox.servers.store import (
    Store,
    identifier,
    json_bare,
    json_object,
    json_string,
    literal,
    plain_decimal,
)
from dlt_sources.sandbox.servers.stripe_parameters import refused

_EMBEDDED_ENTRIES = 10
OBJECT_NAMES = {
    "customers": "customer",
    "products": "product",
    "prices": "price",
    "subscriptions": "subscription",
    "subscription_items": "subscription_item",
    "invoices": "invoice",
    "invoice_lines": "line_item",
    "credit_notes": "credit_note",
    "charges": "charge",
    "refunds": "refund",
    "payouts": "payout",
    "balance_transactions": "balance_transaction",
    "events": "event",
    "meters": "billing.meter",
    "meter_event_summaries": "billing.meter_event_summary",
}
# A column with the whole object, where answers are too short to be worth encoding one by one.
TEXT = "_text"
# Columns that may hold JSON text already.
_NESTED_NAMES = (
    "address metadata tax_ids recurring items discounts status_transitions total_taxes parent period pricing price "
    "data discount_amounts taxes fee_details customer_mapping value_settings request"
)
_NESTED = frozenset(_NESTED_NAMES.split())
_DECIMAL_STRINGS = frozenset({"unit_amount_decimal", "quantity_decimal"})
# Left out unless asked for by expand[].
_INCLUDABLE = {"customers": frozenset({"tax_ids"})}
# Lists that are always embedded; asking for them changes nothing.
_ALWAYS_LISTS = frozenset({"lines", "items"})
# References that are always shown as objects.
_ALWAYS_OBJECTS = frozenset({("subscription_items", "price")})
# The snapshot has the objects of events in tables of their own, one row per event, as they were when it happened.
_OBJECTS_OF_EVENTS = "_events_of_"
_EXPANDABLE = {
    "customer": "customers",
    "price": "prices",
    "product": "products",
    "invoice": "invoices",
    "latest_invoice": "invoices",
    "charge": "charges",
    "balance_transaction": "balance_transactions",
    "subscription": "subscriptions",
}


def prepare(store: Store) -> None:
    """Works out what objects show of others: the lines of invoices, the objects of events; and usage as a whole."""
    for invoices, lines in (
        ("invoices", "invoice_lines"),
        (f"{_OBJECTS_OF_EVENTS}invoices", f"{_OBJECTS_OF_EVENTS}invoice_lines"),
    ):
        if invoices in store:
            store.extend(invoices, "_lines", _embedded_lines(store, lines))
    if "events" in store:
        store.extend("events", "_data", _event_data(store))
    if "meter_event_summaries" in store:
        store.extend("meter_event_summaries", TEXT, object_json(store, "meter_event_summaries", set()))


def object_json(store: Store, resource: str, expand: set[str], source: str = "page") -> str:
    """SQL for the JSON text of one object of the resource, over the columns of `source`.

    `expand` names the references to show as objects; raises the vendor's refusal for what cannot be expanded.
    """
    columns = store.columns(resource)
    includable = _INCLUDABLE.get(resource, frozenset())
    expandable = {name for name in expand if _EXPANDABLE.get(name) in OBJECT_NAMES} & set(columns)
    if unknown := sorted(expand - expandable - includable - _ALWAYS_LISTS):
        raise refused(400, f"This property cannot be expanded ({unknown[0]}).", param="expand")
    hidden = {"id", "object", "deleted"} | (includable - expand)
    if resource == "meter_event_summaries":
        hidden.add("customer")  # the request says whose usage it is, the answer does not repeat it
    members = [("id", json_string(f"{source}.id")), ("object", literal(f'"{OBJECT_NAMES[resource]}"'))]
    for name, kind in columns.items():
        if name in hidden or name.startswith("_"):
            continue
        column = f"{source}.{identifier(name)}"
        text = _value(name, kind, column)
        if name in expandable or (resource, name) in _ALWAYS_OBJECTS:
            text = f"coalesce({_found(store, _EXPANDABLE[name], column)}, {text})"
        members.append((name, f"{source}._data" if (resource, name) == ("events", "data") else text))
    if resource == "invoices":
        members.append(("lines", f"{source}._lines"))
    return json_object(members)


def _found(store: Store, resource: str, identity: str) -> str:
    """SQL for the object that an id names, null when there is none."""
    found = object_json(store, resource, set(), "target")
    return f"(select {found} from {identifier(resource)} target where target.id = {identity})"


def _event_data(store: Store) -> str:
    """SQL for an event's data: the object it is about as it was then, whatever has become of it."""
    pictures = [resource for resource in OBJECT_NAMES if _OBJECTS_OF_EVENTS + resource in store]
    shown = [
        f"(select {object_json(store, resource, set(), 'picture')} "
        f"from {identifier(_OBJECTS_OF_EVENTS + resource)} picture where picture._event = page.id)"
        for resource in pictures
        if resource != "invoice_lines"
    ]
    if not shown:
        return "page.data"
    previous = """coalesce(',"previous_attributes":' || json_extract(page.data, '$.previous_attributes'), '')"""
    return f"""coalesce('{{"object":' || coalesce({", ".join(shown)}) || {previous} || '}}', page.data)"""


def _embedded_lines(store: Store, table: str) -> str:
    """SQL for the list object in an invoice: its first lines in that table and whether there are more."""
    line = object_json(store, "invoice_lines", set(), "line")
    first = f"array_to_string(list({line} order by line.rowid)[:{_EMBEDDED_ENTRIES}], ',')"
    lines = _list_of_lines("min(line.invoice)", first, "count(*)")
    found = f"(select {lines} from {identifier(table)} line where line.invoice = page.id having count(*) > 0)"
    nothing = _list_of_lines("page.id", "''", "0")
    return f"coalesce({found}, {nothing})"


def _list_of_lines(invoice: str, entries: str, total: str) -> str:
    """SQL for a list object of invoice lines from its entries' JSON and their number."""
    return json_object(
        [
            ("object", literal('"list"')),
            ("data", f"concat('[', {entries}, ']')"),
            ("has_more", f"{total} > {_EMBEDDED_ENTRIES}"),
            ("total_count", total),
            ("url", json_string(f"concat('/v1/invoices/', {invoice}, '/lines')")),
        ]
    )


def _value(name: str, kind: str, column: str) -> str:
    """SQL for the JSON text of one column."""
    if name in _DECIMAL_STRINGS:
        return json_string(plain_decimal(column) if kind == "decimal" else column)
    if kind in ("boolean", "bigint", "integer"):
        return json_bare(column)
    if kind == "decimal":
        return json_bare(plain_decimal(column))
    if name in _NESTED:
        return f"case when left({column}, 1) in ('{{', '[') then {column} else {json_string(column)} end"
    return json_string(column)
