{#
    Items in = items out, one by one: every item of the population is counted once on its side of the reconciliation
    and brings its amount, and nothing else is counted.

    side: 'left' or 'right'; population: the relation the items come from; key: SQL text that gives an item's key as the
    reconciliation writes it; item_count and amount: SQL of an item's weight and money (amount optional); population_where: which
    rows of the population are items.
#}
{% test every_item_on_one_outcome(model, side, population, key, item_count='1', amount=none, population_where=none) %}

with

items_in as (
    select
        {{ key }} as item_key,
        sum({{ item_count }}) as item_count,
        sum({{ amount or '0' }}) as amount
    from {{ population }}
    {% if population_where %}where {{ population_where }}{% endif %}
    group by {{ key }}
),

items_out as (
    select
        {{ side }}_key as item_key,
        sum({{ side }}_item_count) as item_count,
        sum({{ side }}_amount) as amount
    from {{ model }}
    group by {{ side }}_key
)

select
    coalesce(items_in.item_key, items_out.item_key) as item_key,
    items_in.item_count as items_in,
    items_out.item_count as items_out,
    items_in.amount as amount_in,
    items_out.amount as amount_out
from items_in
full outer join items_out on items_in.item_key = items_out.item_key
where
    coalesce(items_in.item_count, 0) <> coalesce(items_out.item_count, 0)
    {% if amount %}or coalesce(items_in.amount, 0) <> coalesce(items_out.amount, 0){% endif %}

{% endtest %}
