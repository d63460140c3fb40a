{#
    The staging checkpoint. No row is lost and none is doubled in staging: accepted rows (the model under test) and
    rejected rows of one landed table are together as many as the table has current keys, and among the accepted ones
    the grain holds. Keys are counted from the landed rows themselves, not through current_rows. Where `money` is given,
    so do the amounts: those of the accepted and of the rejected rows are, per currency, those of the landed rows.

    grain: the columns that name an accepted row, source_instance among them, none of them null; landed: the source
    relation; keys: its key columns; rejected: the system's rejected model; table_name: in it. money: `landed_amount` and
    `landed_currency`, SQL over landed columns; `amount` and `currency`, columns of the model; `base`, its base model.
#}
{% test every_landed_row_once(model, grain, landed, keys, rejected, table_name, money=none) %}

{{ config(**checkpoint()) }}

with

landed_keys as (
    select
        source_instance,
        count(*) as landed_rows
    from (select distinct source_instance, {{ keys | join(', ') }} from {{ landed }}) as distinct_keys
    group by source_instance
),

accepted_keys as (
    select
        source_instance,
        sum(number_of_rows) as accepted_rows,
        count(case when number_of_rows > 1 or is_incomplete then 1 end) as keys_against_the_grain
    from (
        select
            {{ grain | join(', ') }},
            count(*) as number_of_rows,
            {% for column in grain %}{{ column }} is null or {% endfor %}false as is_incomplete
        from {{ model }}
        group by {{ grain | join(', ') }}
    ) as accepted
    group by source_instance
),

rejected_keys as (
    select
        source_instance,
        count(*) as rejected_rows
    from {{ rejected }}
    where table_name = '{{ table_name }}'
    group by source_instance
),

counts as (
    select
        source_instance,
        coalesce(landed_rows, 0) as rows_in,
        cast(coalesce(accepted_rows, 0) + coalesce(rejected_rows, 0) as bigint) as rows_out,
        coalesce(accepted_rows, 0) as accepted_rows,
        coalesce(rejected_rows, 0) as rejected_rows,
        coalesce(keys_against_the_grain, 0) as keys_against_the_grain
    from landed_keys
    full outer join accepted_keys using (source_instance)
    full outer join rejected_keys using (source_instance)
)

{%- if money %},

landed_money as (
    select
        source_instance,
        {{ money.landed_currency }} as currency_code,
        sum({{ money.landed_amount }}) as amount_in
    from ({{ current_rows(landed, keys) }}) as landed_rows
    group by all
),

staged_money as (
    select
        source_instance,
        currency_code,
        sum(amount) as amount_out
    from (
        select source_instance, {{ money.currency }} as currency_code, {{ money.amount }} as amount
        from {{ model }}
        union all
        select source_instance, {{ money.currency }} as currency_code, {{ money.amount }} as amount
        from {{ money.base }}
        where rejection_reason is not null
    ) as staged
    group by all
),

amounts as (
    select
        coalesce(landed_money.source_instance, staged_money.source_instance) as source_instance,
        coalesce(landed_money.currency_code, staged_money.currency_code) as currency_code,
        coalesce(landed_money.amount_in, 0) as amount_in,
        coalesce(staged_money.amount_out, 0) as amount_out
    from landed_money
    full outer join staged_money
        on
            landed_money.source_instance = staged_money.source_instance
            and landed_money.currency_code is not distinct from staged_money.currency_code
)
{%- endif %}

select
    source_instance,
    cast(null as varchar) as amount_name,
    cast(null as varchar) as currency_code,
    rows_in,
    rows_out,
    cast(null as {{ type_amount() }}) as amount_in,
    cast(null as {{ type_amount() }}) as amount_out,
    rows_in = rows_out and keys_against_the_grain = 0 as is_passed,
    concat(
        rows_in, ' rows are current in landing, ', accepted_rows, ' are accepted and ', rejected_rows,
        ' rejected; keys that are incomplete or there more than once: ', keys_against_the_grain
    ) as finding
from counts

{%- if money %}

union all

select
    source_instance,
    '{{ money.amount }}' as amount_name,
    currency_code,
    cast(null as bigint) as rows_in,
    cast(null as bigint) as rows_out,
    cast(amount_in as {{ type_amount() }}) as amount_in,
    cast(amount_out as {{ type_amount() }}) as amount_out,
    amount_in = amount_out as is_passed,
    concat(amount_in, ' ', currency_code, ' landed, ', amount_out, ' accepted or rejected') as finding
from amounts
{%- endif %}

{% endtest %}
