{#
    The rows of the matching engine (matches.sql): what was taken as pairs and sums, what stayed open on its own, each
    with its outcome of section 5 of the finance definitions. The last select of the query.
#}
{% macro matching_outcomes(reconciliation_name, definition, passes) -%}
    {%- set item_columns = [
        'side', 'item_key', 'currency_code', 'amount', 'item_date', 'period_end_date', 'partner_due_date', 'finding',
        'rule_name', 'twin_key'
    ] | join(', ') -%}
    taken_items as (
        {%- for pass in passes %}
        select match_id, {{ item_columns }} from decided_{{ loop.index }}
        where match_id is not null
        union all
        {%- endfor %}
        select cast(null as varchar) as match_id, {{ item_columns }} from open_0
        where false
    ),

    {# Over all items of a match: how many, how much, between which dates and periods, in which currency. #}
    weighed_items as (
        select
            *,
            row_number() over (partition by match_id, side order by item_date, amount, item_key) as place,
            {%- for side in ['left', 'right'] %}
            {{ matching_of_side(side, 'count', '1') }} as {{ side }}_count,
            coalesce({{ matching_of_side(side, 'sum', 'amount') }}, 0) as {{ side }}_sum,
            {{ matching_of_side(side, 'min', 'item_key') }} as {{ side }}_first_key,
            {{ matching_of_side(side, 'min', 'currency_code') }} as {{ side }}_currency,
            {{ matching_of_side(side, 'min', 'period_end_date') }} as {{ side }}_first_period,
            {{ matching_of_side(side, 'max', 'period_end_date') }} as {{ side }}_last_period,
            {%- endfor %}
            {{ matching_of_side('left', 'min', 'item_date') }} as left_first_date,
            {{ matching_of_side('right', 'max', 'item_date') }} as right_last_date
        from taken_items
    ),

    {# A sum has a row for every item of its many; the one item is counted on the first of them. #}
    match_rows as (
        select
            *,
            left_count = 0 or right_count = 0 or (left_count > 1 and right_count > 1) as stands_alone
        from weighed_items
        where
            left_count = 0
            or right_count = 0
            or (left_count > 1 and right_count > 1)
            or (right_count = 1 and side = 'left')
            or (left_count = 1 and right_count > 1 and side = 'right')
    ),

    judged_rows as (
        select
            match_rows.*,
            case
                when match_rows.finding = 'reversal' then 'matched'
                when match_rows.finding = 'duplicate' then concat('duplicate_', side)
                when left_currency <> right_currency then 'currency_difference'
                when abs(left_sum - right_sum) > {{ matching_allowed('left_sum') }} then 'amount_difference'
                {%- if definition.compares_dates %}
                when side = 'left' and (right_first_period <> period_end_date or right_last_period <> period_end_date)
                    then 'timing'
                when side = 'right' and (left_first_period <> period_end_date or left_last_period <> period_end_date)
                    then 'timing'
                when side = 'left' and right_last_date > item_date then 'timing'
                when side = 'right' and item_date > left_first_date then 'timing'
                {%- endif %}
                when left_sum <> right_sum and (stands_alone or place = 1) then 'matched_within_tolerance'
                else 'matched'
            end as outcome,
            case
                when side = 'left' then amount
                when stands_alone then 0
                when place = 1 then amount + left_sum - right_sum
                else amount
            end as row_left_amount,
            case
                when side = 'right' then amount
                when stands_alone then 0
                when place = 1 then amount - left_sum + right_sum
                else amount
            end as row_right_amount
        from (
            select
                match_rows.*,
                {{ matching_tolerance_columns() }}
            from match_rows
            {{ matching_tolerance_joins(
                reconciliation_name, 'match_rows.rule_name',
                'coalesce(match_rows.left_currency, match_rows.right_currency)'
            ) }}
        ) as match_rows
    ),

    {# The two halves of a currency difference stand apart, so that every currency adds up by itself. #}
    counted_rows as (
        select
            match_id,
            rule_name,
            finding,
            outcome,
            case when side = 'left' or not stands_alone then {{ matching_row_key('left') }} end as left_item_key,
            case when side = 'right' or not stands_alone then {{ matching_row_key('right') }} end as right_item_key,
            case
                when side = 'left' then 1
                when not stands_alone and place = 1 then 1
                else 0
            end as left_item_count,
            case
                when side = 'right' then 1
                when not stands_alone and place = 1 then 1
                else 0
            end as right_item_count,
            left_currency,
            right_currency,
            row_left_amount as left_amount,
            row_right_amount as right_amount
        from judged_rows
    ),

    open_rows as (
        select
            cast(null as varchar) as match_id,
            case when finding = 'duplicate' then rule_name else 'unmatched' end as rule_name,
            coalesce(finding, 'alone') as finding,
            case
                when finding = 'duplicate' then concat('duplicate_', side)
                {%- if definition.no_partner_needed_within %}
                when amount = 0 then 'matched'
                {%- endif %}
                {%- if definition.no_partner_needed_within == 'tolerance' %}
                when abs(amount) <= {{ matching_allowed('amount') }} then 'matched_within_tolerance'
                {%- endif %}
                when {{ as_of_date() }} <= partner_due_date then 'timing'
                when side = 'left' then 'missing_right'
                else 'missing_left'
            end as outcome,
            case when side = 'left' then item_key when finding = 'duplicate' then twin_key end as left_item_key,
            case when side = 'right' then item_key when finding = 'duplicate' then twin_key end as right_item_key,
            case when side = 'left' then 1 else 0 end as left_item_count,
            case when side = 'right' then 1 else 0 end as right_item_count,
            currency_code,
            case when side = 'left' then amount else 0 end as left_amount,
            case when side = 'right' then amount else 0 end as right_amount
        from (
            select
                open_items.*,
                {{ matching_tolerance_columns() }}
            from open_{{ passes | length }} as open_items
            {{ matching_tolerance_joins(reconciliation_name, 'open_items.rule_name', 'open_items.currency_code') }}
        ) as open_items
    ),

    all_rows as (
        select
            match_id, rule_name, finding, outcome, left_item_key, right_item_key, left_item_count, right_item_count,
            coalesce(left_currency, right_currency) as currency_code, left_amount, right_amount
        from counted_rows
        where outcome <> 'currency_difference'

        union all

        select
            match_id, rule_name, finding, outcome, left_item_key, right_item_key,
            left_item_count, 0 as right_item_count, left_currency as currency_code, left_amount, 0 as right_amount
        from counted_rows
        where outcome = 'currency_difference'

        union all

        select
            match_id, rule_name, finding, outcome, left_item_key, right_item_key,
            0 as left_item_count, right_item_count, right_currency as currency_code, 0 as left_amount, right_amount
        from counted_rows
        where outcome = 'currency_difference'

        union all

        select * from open_rows
    )

    select
        match_id,
        cast(rule_name as varchar) as rule_name,
        cast(finding as varchar) as finding,
        cast(outcome as varchar) as outcome,
        left_item_key,
        right_item_key,
        cast(left_item_count as integer) as left_item_count,
        cast(right_item_count as integer) as right_item_count,
        cast(currency_code as varchar) as currency_code,
        cast(left_amount as {{ type_amount() }}) as left_amount,
        cast(right_amount as {{ type_amount() }}) as right_amount
    from all_rows
{%- endmacro %}


{# An aggregate over the items that a match has on one side. #}
{% macro matching_of_side(side, aggregate, column) -%}
    {{ aggregate }}(case when side = '{{ side }}' then {{ column }} end) over (partition by match_id)
{%- endmacro %}


{# The key a row names on a side: the item's own, or that of the only item the other side has. #}
{% macro matching_row_key(side) -%}
    case when side = '{{ side }}' then item_key else {{ side }}_first_key end
{%- endmacro %}


{#
    The rows of `match_items` with what their items say of themselves. source_key of a population is the key people know.

    left_columns, right_columns: further columns, which come back as left_<column> and right_<column>. item_count: a
    column of both populations with the number of records in an item. unfinished: SQL over left_items and right_items;
    a match that has an item of which it is true is not judged yet, but timing.
#}
{% macro described_matches(
    matches, left_items, right_items, left_columns=[], right_columns=[], item_count=none, unfinished=none
) -%}
    select
        matches.match_id,
        matches.rule_name,
        matches.finding,
        {%- if unfinished %}
        case
            when
                matches.match_id is not null
                and matches.outcome <> 'currency_difference'
                and max(case when {{ unfinished }} then 1 else 0 end) over (partition by matches.match_id) = 1
                then 'timing'
            else matches.outcome
        end as outcome,
        {%- else %}
        matches.outcome,
        {%- endif %}
        matches.currency_code,
        matches.left_amount,
        matches.right_amount,
        {%- for side, columns in [('left', left_columns), ('right', right_columns)] %}
        matches.{{ side }}_item_count
        {%- if item_count %} * {{ side }}_items.{{ item_count }}{% endif %} as {{ side }}_item_count,
        {{ side }}_items.source_instance as {{ side }}_instance,
        {{ side }}_items.source_key as {{ side }}_key,
        {{ side }}_items.load_id as {{ side }}_load_id,
        {{ side }}_items.item_date as {{ side }}_date,
        {{ side }}_items.period_end_date as {{ side }}_period_end_date,
        {%- for column in columns %}
        {{ side }}_items.{{ column }} as {{ side }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        coalesce(left_items.entity_code, right_items.entity_code) as entity_code,
        coalesce(left_items.counterparty_key, right_items.counterparty_key) as counterparty_key
    from {{ matches }} as matches
    left join {{ left_items }} as left_items on matches.left_item_key = left_items.item_key
    left join {{ right_items }} as right_items on matches.right_item_key = right_items.item_key
{%- endmacro %}
