"""Two populations whose truth is known: for each item what the engine must find, and with whom it belongs."""

import duckdb

# Kinds of items per thousand left items; the sizes of a batch, a split and a group divide them.
KINDS = {
    "referenced": 600,
    "rounded": 30,
    "batched": 100,
    "split": 30,
    "grouped": 30,
    "unreferenced": 140,
    "crowded": 40,
    "unequal_crowd": 10,
    "other_amount": 5,
    "posted_twice": 5,
    "not_posted": 5,
    "not_invoiced": 5,
}
BATCH, SPLIT, GROUP = 10, 2, 3
# What the engine must say of each kind, and by which rule.
EXPECTED = {
    "referenced": ("match", "reference"),
    "rounded": ("match", "reference"),
    "batched": ("match", "batch"),
    "split": ("match", "split"),
    "grouped": ("match", "contract"),
    "unreferenced": ("match", "amount_and_day"),
    "crowded": ("match", "amount_and_day"),
    "unequal_crowd": ("ambiguous", "unmatched"),
    "other_amount": ("match", "other_amount"),
    "posted_twice": ("match", "reference"),
    "posted_again": ("duplicate", "reference"),
    "not_posted": ("alone", "unmatched"),
    "not_invoiced": ("alone", "unmatched"),
}
RULES = """
compares_dates: true
rules:
  - name: reference
    kind: one_to_one
    key: &number [entity_code, {left: invoice_number, right: reference}]
    amount: tolerance
    currency: any
  - {name: split, kind: one_to_many, key: *number, amount: tolerance}
  - {name: batch, kind: many_to_one, key: [entity_code, {left: posting_batch, right: reference}], amount: tolerance}
  - {name: contract, kind: many_to_many, key: [entity_code, contract_number]}
  - {name: other_amount, kind: one_to_one, key: *number, amount: any, currency: any}
  - name: amount_and_day
    kind: one_to_one
    key: [entity_code, counterparty_key]
    amount: tolerance
    window_business_days: 3
"""


def create_labelled_items(connection: duckdb.DuckDBPyConnection, thousands: int) -> None:
    """Create `lefts`, `rights` and `tolerance_rows` with about so many thousand items a side.

    `kind` and `truth` (the same text for all items that belong together) are for the test alone. Which item is of which
    kind, its amount and its day come from hashes of its number: the same populations on every machine.
    """
    bounds = ", ".join(f"({i}, '{kind}', {share})" for i, (kind, share) in enumerate(KINDS.items()))
    connection.execute(
        f"""
        create or replace table lefts_and_more as
        with kinds as (
            select kind, sum(share) over (order by place) - share as first, sum(share) over (order by place) as beyond
            from (values {bounds}) as kinds (place, kind, share)
        ),
        numbered as (select range as i, range // {thousands} as place from range({1000 * thousands})),
        drawn as (
            select
                numbered.i, kinds.kind,
                numbered.i - kinds.first * {thousands} as k,
                hash(numbered.i, 'amount') % 5000000 as cents,
                hash(numbered.i, 'day') % 500 as day
            from numbered inner join kinds on numbered.place >= kinds.first and numbered.place < kinds.beyond
        )
        select
            *,
            '10' || (i % 7) as entity,
            case
                when kind = 'batched' then k // {BATCH}
                when kind = 'grouped' then k // {GROUP}
                when kind in ('crowded', 'unequal_crowd') then k // 500
                else k
            end as belongs
        from drawn
        """
    )
    # Crowds: 500 items of one customer and amount, a hundred a day; days far enough apart not to meet.
    connection.execute(
        """
        create or replace table lefts as
        select
            'L' || i as item_key, 'billing' as source_instance,
            case when kind = 'batched' then '1020' when kind in ('grouped', 'crowded', 'unequal_crowd') then '1030'
                else entity end as entity_code,
            case
                when kind in ('crowded', 'unequal_crowd') then kind || belongs
                else 'C' || (hash(i, 'customer') % 2000)
            end as counterparty_key,
            date '2024-01-01' + cast(case
                when kind in ('batched', 'grouped') then hash(belongs, kind) % 500
                when kind in ('crowded', 'unequal_crowd') then k % 5 * 10
                else day end as integer) as item_date,
            case when kind in ('crowded', 'unequal_crowd') then 9.99 else (cents + 300) / 100 end::decimal(28, 4)
                as amount,
            case when kind not in ('batched', 'grouped', 'unreferenced', 'crowded', 'unequal_crowd', 'not_invoiced')
                then 'N' || i end as invoice_number,
            case when kind = 'batched' then 'B' || belongs end as posting_batch,
            case when kind = 'grouped' then 'K' || belongs end as contract_number,
            'EUR' as currency_code, kind, kind || belongs as truth, i, k, belongs
        from lefts_and_more
        """
    )
    later = "item_date + cast(hash(i, 'later') % 3 as integer)"
    connection.execute(
        f"""
        create or replace table rights as
        with one as (
            select
                'R' || i as item_key, entity_code, counterparty_key, {later} as item_date,
                amount + case kind when 'rounded' then cast(hash(i, 'cents') % 11 as decimal(28, 4)) / 100 - 0.05
                    when 'other_amount' then 1000 else 0 end as amount,
                invoice_number as reference, cast(null as varchar) as contract_number, kind, truth
            from lefts where kind in ('referenced', 'rounded', 'other_amount', 'posted_twice', 'unreferenced')
        ),
        again as (
            select 'A' || i as item_key, entity_code, counterparty_key, item_date + 3 as item_date, amount,
                invoice_number as reference, null as contract_number, 'posted_again' as kind, truth
            from lefts where kind = 'posted_twice'
        ),
        orphans as (
            select 'R' || i as item_key, entity_code, counterparty_key, item_date, amount, 'unknown' || i as reference,
                null as contract_number, kind, truth
            from lefts where kind = 'not_invoiced'
        ),
        batches as (
            select 'R' || belongs || 'b' as item_key, entity_code, min(counterparty_key) as counterparty_key,
                max(item_date) as item_date, sum(amount) as amount, posting_batch as reference,
                null as contract_number, kind, truth
            from lefts where kind = 'batched' group by belongs, entity_code, posting_batch, kind, truth
        ),
        splits as (
            select 'R' || i || 's' || part as item_key, entity_code, counterparty_key, {later} as item_date,
                case part when 1 then floor(amount / 3) else amount - floor(amount / 3) end as amount,
                invoice_number as reference, null as contract_number, kind, truth
            from lefts cross join (values (1), (2)) as parts (part) where kind = 'split'
        ),
        -- Three invoices of a contract against two postings of another cut.
        sums as (
            select belongs, entity_code, min(counterparty_key) as counterparty_key, max(item_date) as item_date,
                sum(amount) as amount, contract_number, kind, truth
            from lefts where kind = 'grouped' group by belongs, entity_code, contract_number, kind, truth
        ),
        groups as (
            select 'R' || belongs || 'g' || part as item_key, entity_code, counterparty_key, item_date,
                case part when 1 then floor(amount / 2) + 7 else amount - floor(amount / 2) - 7 end as amount,
                null as reference, contract_number, kind, truth
            from sums cross join (values (1), (2)) as parts (part)
        ),
        crowds as (
            select 'R' || i as item_key, entity_code, counterparty_key, item_date + 1 as item_date, amount,
                null as reference, null as contract_number, kind, truth
            from lefts where kind in ('crowded', 'unequal_crowd') and (kind = 'crowded' or k // 5 % 10 <> 0)
        ),
        everything as (
            select * from one union all select * from again union all select * from orphans union all
            select * from batches union all select * from splits union all select * from groups union all
            select * from crowds
        )
        select * replace (amount::decimal(28, 4) as amount), 'erp' as source_instance, 'EUR' as currency_code
        from everything
        """
    )
    connection.execute("alter table lefts add column period_end_date date")
    connection.execute("alter table rights add column period_end_date date")
    connection.execute("delete from lefts where kind = 'not_invoiced'")
    for table in ("lefts", "rights"):
        connection.execute(f"update {table} set period_end_date = last_day(item_date)")
        connection.execute(f"alter table {table} add column partner_due_date date")
        connection.execute(f"alter table {table} add column business_day_number integer")
        connection.execute(f"update {table} set business_day_number = item_date - date '2024-01-01'")
    connection.execute(
        "create or replace table tolerance_rows as select 'labelled' as reconciliation_name, 'EUR' as currency_code, "
        "0.05::decimal(28, 4) as amount_absolute, 0::decimal(28, 4) as percent_of_amount"
    )
