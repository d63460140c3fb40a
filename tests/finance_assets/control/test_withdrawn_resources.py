"""What an instance no longer reads is withdrawn: stale rows would else be current for ever, and nobody would know."""

from datetime import date

from finance_assets.control.store import ControlStore, LoadedResource

SATURDAY, SUNDAY, MONDAY = date(2026, 9, 26), date(2026, 9, 27), date(2026, 9, 28)


def accept(store: ControlStore, as_of: date, **cursors: str | None) -> None:
    """An accepted load of these resources, each from its cursor on."""
    load = store.begin_load("run-1", "crm", "salesforce", as_of)
    resources = [LoadedResource(name, 5, "incremental", cursor, "then") for name, cursor in cursors.items()]
    store.record_landed(load, resources)
    store.record_verdict(load, [], None)


def seen(store: ControlStore, as_of: date) -> list[tuple[str, date, str, int]]:
    rows = store.accepted_resources(["crm"], as_of)
    return [(row.resource, row.as_of, row.load_mode, row.rows) for row in rows]


def test_a_resource_is_withdrawn_with_the_first_load_that_comes_without_it(memory_store: ControlStore) -> None:
    accept(memory_store, SATURDAY, accounts=None, quotas=None)
    accept(memory_store, SUNDAY, accounts="then")
    accept(memory_store, MONDAY, accounts="then")
    assert seen(memory_store, SATURDAY) == [
        ("accounts", SATURDAY, "incremental", 5),
        ("quotas", SATURDAY, "incremental", 5),
    ]
    assert seen(memory_store, MONDAY) == [
        ("accounts", SATURDAY, "incremental", 5),
        ("accounts", SUNDAY, "incremental", 5),
        ("accounts", MONDAY, "incremental", 5),
        ("quotas", SATURDAY, "incremental", 5),
        ("quotas", SUNDAY, "withdrawn", 0),
    ]


def test_what_is_read_again_from_its_beginning_was_withdrawn_in_between(memory_store: ControlStore) -> None:
    accept(memory_store, SATURDAY, accounts=None, quotas=None)
    accept(memory_store, SUNDAY, accounts="then")
    assert "quotas" not in memory_store.cursors("crm", MONDAY)
    accept(memory_store, MONDAY, accounts="then", quotas=None)
    assert [row[1:] for row in seen(memory_store, MONDAY) if row[0] == "quotas"] == [
        (SATURDAY, "incremental", 5),
        (SUNDAY, "withdrawn", 0),
        (MONDAY, "incremental", 5),
    ]


def test_a_day_loaded_afterwards_without_it_takes_nothing_from_a_load_that_went_on(memory_store: ControlStore) -> None:
    accept(memory_store, SATURDAY, accounts=None, quotas=None)
    accept(memory_store, MONDAY, accounts="then", quotas="then")
    accept(memory_store, SUNDAY, accounts="then")
    assert [row[1:] for row in seen(memory_store, MONDAY) if row[0] == "quotas"] == [
        (SATURDAY, "incremental", 5),
        (MONDAY, "incremental", 5),
    ]
    assert [row[1:] for row in seen(memory_store, SUNDAY) if row[0] == "quotas"] == [(SATURDAY, "incremental", 5)]
