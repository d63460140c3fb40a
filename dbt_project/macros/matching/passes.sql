{#
    The passes of the matching engine (matches.sql). Each reads the open items it may look at, and every pass says of each
    of them in `seen_<n>`: is_taken, match_parts that are the same for all items of one match and no others,
    is_left_out, is_ambiguous. No pass joins items with items; only bundles of the same amount and day meet, within
    buckets, so that a thousand equal items cost what one costs.
#}

{# Whether an item is one that the rule of a pass looks at; never null. #}
{% macro matching_is_eligible(pass) -%}
    (
        currency_code is not null
        {%- for column in pass.key %} and {{ column }} is not null{% endfor %}
        {%- if pass.rule.left_where or pass.rule.right_where %} and is_for_{{ pass.rule.name }}{% endif %}
        {%- if pass.rule.side %} and side = '{{ pass.rule.side }}'{% endif %}
        {%- if pass.kind == 'reversal' %} and (is_reversal or is_reversed){% endif %}
        {%- if pass.kind == 'window' %} and business_day_number is not null{% endif -%}
    )
{%- endmacro %}


{# The open items a pass looks at, with the tolerance of its rule and currency. #}
{% macro matching_eligible(reconciliation_name, pass, open_items) -%}
    {%- set has_tolerance = pass.amount == 'tolerance' and pass.kind != 'exact_pairs' %}
        select
            open_items.*,
            case when open_items.side = 'left' then 1 else 0 end as is_left,
            case when open_items.side = 'right' then 1 else 0 end as is_right,
            {{ matching_tolerance_columns(has_tolerance) }}
        from (
            select * from {{ open_items }}
            where {{ matching_is_eligible(pass) }}
        ) as open_items
        {%- if has_tolerance %}
        {{ matching_tolerance_joins(reconciliation_name, "'" ~ pass.rule.name ~ "'", 'open_items.currency_code') }}
        {%- endif %}
{%- endmacro %}


{# The tolerance of a rule; the one of its reconciliation where it has none of its own. #}
{% macro matching_tolerance_columns(has_tolerance=true) -%}
            {%- if has_tolerance -%}
            coalesce(own.amount_absolute, general.amount_absolute, 0) as tolerance_absolute,
            coalesce(own.percent_of_amount, general.percent_of_amount, 0) as tolerance_percent
            {%- else -%}
            0 as tolerance_absolute,
            0 as tolerance_percent
            {%- endif -%}
{%- endmacro %}

{% macro matching_tolerance_joins(reconciliation_name, rule_name, currency_code) -%}
        left join tolerances as own
            on
                concat('{{ reconciliation_name }}/', {{ rule_name }}) = own.reconciliation_name
                and {{ currency_code }} = own.currency_code
        left join tolerances as general
            on
                general.reconciliation_name = '{{ reconciliation_name }}'
                and {{ currency_code }} = general.currency_code
{%- endmacro %}


{# How far a match may differ: the larger of the absolute amount and the percentage of the left amount. #}
{% macro matching_allowed(left_amount) -%}
    greatest(
        cast(tolerance_absolute as {{ type_amount() }}),
        cast(abs({{ left_amount }}) * tolerance_percent * 0.01 as {{ type_amount() }})
    )
{%- endmacro %}


{% macro matching_pass(pass, eligible, number) -%}
    {%- if pass.kind == 'reversal' -%}{{ matching_reversals(pass, eligible, number) }}
    {%- elif pass.kind == 'duplicates' -%}{{ matching_duplicates(pass, eligible, number) }}
    {%- elif pass.kind == 'exact_pairs' -%}{{ matching_exact_pairs(pass, eligible, number) }}
    {%- elif pass.kind in ('near_pairs', 'loose_pairs') -%}{{ matching_single_pairs(pass, eligible, number) }}
    {%- elif pass.kind == 'sum' -%}{{ matching_sums(pass, eligible, number) }}
    {%- elif pass.kind == 'all_but_one' -%}{{ matching_all_but_one(pass, eligible, number) }}
    {%- elif pass.kind == 'group' -%}{{ matching_groups(pass, eligible, number) }}
    {%- elif pass.kind == 'window' -%}{{ matching_window(pass, eligible, number) }}
    {%- endif -%}
{%- endmacro %}


{# Within one side, the n-th posting of an amount with the n-th that takes it back. #}
{% macro matching_reversals(pass, eligible, number) -%}
    {%- set alike = (pass.partition + ['abs(amount)']) | join(', ') -%}
    numbered_{{ number }} as (
        select
            *,
            row_number() over (partition by {{ alike }}, is_reversal order by item_date, item_key) as pair_number
        from {{ eligible }}
    ),

    seen_{{ number }} as (
        select
            *,
            count(*) over (partition by {{ alike }}, pair_number) = 2
            and sum(amount) over (partition by {{ alike }}, pair_number) = 0 as is_taken,
            {{ natural_key(pass.partition + ['abs(amount)', 'pair_number']) }} as match_parts,
            false as is_ambiguous
        from numbered_{{ number }}
    ),
{%- endmacro %}


{# Within one side, whatever shares the key of an earlier item. #}
{% macro matching_duplicates(pass, eligible, number) -%}
    numbered_{{ number }} as (
        select
            *,
            row_number() over (partition by {{ pass.partition | join(', ') }} order by item_date, item_key) as place
        from {{ eligible }}
    ),

    seen_{{ number }} as (
        select
            *,
            place > 1 as is_taken,
            {{ natural_key(pass.partition + ['place']) }} as match_parts,
            false as is_ambiguous
        from numbered_{{ number }}
    ),
{%- endmacro %}


{# Equal key and amount: the n-th of one side with the n-th of the other. #}
{% macro matching_exact_pairs(pass, eligible, number) -%}
    {%- set alike = (pass.key + ['currency_code', 'amount']) | join(', ') -%}
    counted_{{ number }} as (
        select
            *,
            row_number() over (partition by {{ alike }}, side order by item_date, item_key) as pair_number,
            sum(is_left) over (partition by {{ alike }}) as left_count,
            sum(is_right) over (partition by {{ alike }}) as right_count
        from {{ eligible }}
    ),

    seen_{{ number }} as (
        select
            *,
            pair_number <= least(left_count, right_count) as is_taken,
            {{ natural_key(pass.key + ['currency_code', 'amount', 'pair_number']) }} as match_parts,
            false as is_ambiguous
        from counted_{{ number }}
    ),
{%- endmacro %}


{#
    Where a side has a single item under the key, the first of the other side with it: the nearest that agrees in
    currency and amount, or with `amount: any` the earliest, of the same currency if there is one. Several on both sides
    that are not equal to the cent: who belongs to whom cannot be told.
#}
{% macro matching_single_pairs(pass, eligible, number) -%}
    {%- set key = pass.partition | join(', ') -%}
    facing_{{ number }} as (
        select
            *,
            sum(is_left) over (partition by {{ key }}) as left_count,
            sum(is_right) over (partition by {{ key }}) as right_count,
            max(case when side = 'left' then amount end) over (partition by {{ key }}) as left_amount,
            max(case when side = 'left' then currency_code end) over (partition by {{ key }}) as left_currency,
            max(case when side = 'right' then amount end) over (partition by {{ key }}) as right_amount,
            max(case when side = 'right' then currency_code end) over (partition by {{ key }}) as right_currency
        from {{ eligible }}
    ),

    {# The single item is on both sides of this comparison; of one against one, both items are. #}
    compared_{{ number }} as (
        select
            *,
            case
                when side = 'right' and left_count = 1 then abs(left_amount - amount)
                when side = 'left' and right_count = 1 then abs(amount - right_amount)
            end as amount_apart,
            case
                when side = 'right' and left_count = 1
                    then
                        currency_code = left_currency
                        and abs(left_amount - amount) <= {{ matching_allowed('left_amount') }}
                when side = 'left' and right_count = 1
                    then
                        currency_code = right_currency
                        and abs(amount - right_amount) <= {{ matching_allowed('amount') }}
                else false
            end as agrees,
            case
                when (side = 'right' and left_count = 1 and currency_code = left_currency)
                    or (side = 'left' and right_count = 1 and currency_code = right_currency)
                    then 1
                else 0
            end as has_same_currency
        from facing_{{ number }}
    ),

    ranked_{{ number }} as (
        select
            *,
            row_number() over (
                partition by {{ key }}, side
                order by
                    {% if pass.kind == 'near_pairs' -%}
                    case when agrees then 0 else 1 end, amount_apart, item_date,
                    {%- else -%}
                    has_same_currency desc, item_date, amount_apart,
                    {%- endif %}
                    amount,
                    item_key
            ) as place,
            max(case when agrees then 1 else 0 end) over (partition by {{ key }}) as any_agrees
        from compared_{{ number }}
    ),

    seen_{{ number }} as (
        select
            *,
            place = 1
            and least(left_count, right_count) = 1
            {%- if pass.kind == 'near_pairs' %}
            and any_agrees = 1
            {%- endif %} as is_taken,
            {{ natural_key(pass.partition) }} as match_parts,
            least(left_count, right_count) > 1 as is_ambiguous
        from ranked_{{ number }}
    ),
{%- endmacro %}


{# One item against the sum of all the other side's; of several that agree the nearest, then the earliest. #}
{% macro matching_sums(pass, eligible, number) -%}
    {%- set key = pass.partition | join(', ') -%}
    summed_{{ number }} as (
        select
            *,
            sum(is_{{ pass.many }}) over (partition by {{ key }}) as many_count,
            sum(is_{{ pass.one }}) over (partition by {{ key }}) as one_count,
            sum(amount * is_{{ pass.many }}) over (partition by {{ key }}) as many_amount
        from {{ eligible }}
    ),

    compared_{{ number }} as (
        select
            *,
            case when side = '{{ pass.one }}' then abs(amount - many_amount) end as amount_apart,
            {% if pass.amount == 'any' -%}
            true as agrees
            {%- else -%}
            side = '{{ pass.one }}'
            and abs(amount - many_amount)
            <= {{ matching_allowed('many_amount' if pass.many == 'left' else 'amount') }} as agrees
            {%- endif %}
        from summed_{{ number }}
    ),

    ranked_{{ number }} as (
        select
            *,
            row_number() over (
                partition by {{ key }}, side
                order by
                    case when agrees then 0 else 1 end,
                    {% if pass.amount != 'any' %}amount_apart,{% endif %}
                    item_date,
                    amount,
                    item_key
            ) as place,
            max(case when agrees then 1 else 0 end) over (partition by {{ key }}) as any_agrees
        from compared_{{ number }}
    ),

    seen_{{ number }} as (
        select
            *,
            many_count > 0
            and one_count > 0
            and any_agrees = 1
            and (side = '{{ pass.many }}' or place = 1) as is_taken,
            {{ natural_key(pass.partition) }} as match_parts,
            false as is_ambiguous
        from ranked_{{ number }}
    ),
{%- endmacro %}


{# The earliest single item is the sum of all the other side's but one: that one was left out, the rest match. #}
{% macro matching_all_but_one(pass, eligible, number) -%}
    {%- set key = pass.partition | join(', ') -%}
    placed_{{ number }} as (
        select
            *,
            row_number() over (partition by {{ key }}, side order by item_date, amount, item_key) as place,
            sum(is_{{ pass.many }}) over (partition by {{ key }}) as many_count,
            sum(is_{{ pass.one }}) over (partition by {{ key }}) as one_count,
            sum(amount * is_{{ pass.many }}) over (partition by {{ key }}) as many_amount
        from {{ eligible }}
    ),

    short_{{ number }} as (
        select
            *,
            many_amount - max(case when side = '{{ pass.one }}' and place = 1 then amount end) over (
                partition by {{ key }}
            ) as amount_short
        from placed_{{ number }}
    ),

    suspects_{{ number }} as (
        select
            *,
            coalesce(side = '{{ pass.many }}' and amount <> 0 and amount = amount_short, false) as is_suspect,
            sum(case when side = '{{ pass.many }}' and amount <> 0 and amount = amount_short then 1 else 0 end) over (
                partition by {{ key }}
            ) as suspect_count
        from short_{{ number }}
    ),

    seen_{{ number }} as (
        select
            *,
            suspect_count = 1
            and many_count > 1
            and (side = '{{ pass.many }}' or place = 1)
            and not is_suspect as is_taken,
            {{ natural_key(pass.partition) }} as match_parts,
            suspect_count = 1 and many_count > 1 and is_suspect as is_left_out,
            suspect_count > 1 as is_ambiguous
        from suspects_{{ number }}
    ),
{%- endmacro %}


{# All items of a key, when both sides add up to the same. #}
{% macro matching_groups(pass, eligible, number) -%}
    {%- set key = pass.partition | join(', ') -%}
    summed_{{ number }} as (
        select
            *,
            sum(is_left) over (partition by {{ key }}) as left_count,
            sum(is_right) over (partition by {{ key }}) as right_count,
            sum(amount * is_left) over (partition by {{ key }}) as left_amount,
            sum(amount * is_right) over (partition by {{ key }}) as right_amount
        from {{ eligible }}
    ),

    seen_{{ number }} as (
        select
            *,
            left_count > 0
            and right_count > 0
            {%- if pass.amount != 'any' %}
            and abs(left_amount - right_amount) <= {{ matching_allowed('left_amount') }}
            {%- endif %} as is_taken,
            {{ natural_key(pass.partition) }} as match_parts,
            false as is_ambiguous
        from summed_{{ number }}
    ),
{%- endmacro %}


{#
    Without a reference: bundles of equal key, amount and day meet those of the other side that lie within tolerance and
    window. Each is joined through the bucket of its amount and of its day and their neighbours, never key by key. A pair
    is settled where each is the other's one best and both have as many items.
#}
{% macro matching_window(pass, eligible, number) -%}
    {%- set bundle = pass.partition + ['amount', 'business_day_number'] -%}
    {%- set days = pass.rule.window_business_days -%}
    {%- set has_tolerance = pass.amount == 'tolerance' -%}
    bundles_{{ number }} as (
        select
            side,
            {{ bundle | join(', ') }},
            count(*) as item_count,
            max(tolerance_absolute) as tolerance_absolute,
            max(tolerance_percent) as tolerance_percent,
            cast(floor(business_day_number / {{ [days, 1] | max }}.0) as bigint) as day_bucket,
            {{ matching_amount_bucket() if has_tolerance else '0' }} as amount_bucket,
            {{ natural_key(['side'] + bundle) }} as bundle_key
        from {{ eligible }}
        group by side, {{ bundle | join(', ') }}
    ),

    neighbours_{{ number }} as (
        select -1 as step
        union all
        select 0 as step
        union all
        select 1 as step
    ),

    probes_{{ number }} as (
        select
            bundles.*,
            bundles.day_bucket + day_steps.step as probed_day_bucket,
            bundles.amount_bucket + {{ 'amount_steps.step' if has_tolerance else '0' }} as probed_amount_bucket
        from bundles_{{ number }} as bundles
        cross join neighbours_{{ number }} as day_steps
        {% if has_tolerance -%}
        cross join neighbours_{{ number }} as amount_steps
        {% endif -%}
        where bundles.side = 'left'
    ),

    candidates_{{ number }} as (
        select
            lefts.bundle_key as left_bundle,
            rights.bundle_key as right_bundle,
            lefts.item_count as left_count,
            rights.item_count as right_count,
            abs(lefts.amount - rights.amount) as amount_apart,
            abs(lefts.business_day_number - rights.business_day_number) as days_apart
        from probes_{{ number }} as lefts
        inner join bundles_{{ number }} as rights
            on
                rights.side = 'right'
                {%- for column in pass.partition %}
                and lefts.{{ column }} = rights.{{ column }}
                {%- endfor %}
                and lefts.probed_day_bucket = rights.day_bucket
                {%- if has_tolerance %}
                and lefts.probed_amount_bucket = rights.amount_bucket
                and abs(lefts.amount - rights.amount) <= greatest(
                    cast(lefts.tolerance_absolute as {{ type_amount() }}),
                    cast(abs(lefts.amount) * lefts.tolerance_percent * 0.01 as {{ type_amount() }})
                )
                {%- else %}
                and lefts.amount = rights.amount
                {%- endif %}
                and abs(lefts.business_day_number - rights.business_day_number) <= {{ days }}
    ),

    ranked_{{ number }} as (
        select
            *,
            rank() over (partition by left_bundle order by amount_apart, days_apart) as right_rank,
            rank() over (partition by right_bundle order by amount_apart, days_apart) as left_rank
        from candidates_{{ number }}
    ),

    rivals_{{ number }} as (
        select
            *,
            sum(case when right_rank = 1 then 1 else 0 end) over (partition by left_bundle) as best_rights,
            sum(case when left_rank = 1 then 1 else 0 end) over (partition by right_bundle) as best_lefts
        from ranked_{{ number }}
    ),

    pairs_{{ number }} as (
        select
            left_bundle,
            right_bundle
        from rivals_{{ number }}
        where right_rank = 1 and left_rank = 1 and best_rights = 1 and best_lefts = 1 and left_count = right_count
    ),

    partners_{{ number }} as (
        select
            left_bundle as bundle_key,
            left_bundle as match_bundle
        from pairs_{{ number }}
        union all
        select
            right_bundle as bundle_key,
            left_bundle as match_bundle
        from pairs_{{ number }}
    ),

    courted_{{ number }} as (
        select left_bundle as bundle_key from candidates_{{ number }}
        union
        select right_bundle as bundle_key from candidates_{{ number }}
    ),

    numbered_{{ number }} as (
        select
            *,
            {{ natural_key(['side'] + bundle) }} as bundle_key,
            row_number() over (partition by side, {{ bundle | join(', ') }} order by item_date, item_key) as pair_number
        from {{ eligible }}
    ),

    seen_{{ number }} as (
        select
            numbered.*,
            partners.match_bundle is not null as is_taken,
            {{ natural_key(['partners.match_bundle', 'numbered.pair_number']) }} as match_parts,
            {{ 'courted.bundle_key is not null' if pass.is_last else 'false' }} as is_ambiguous
        from numbered_{{ number }} as numbered
        left join partners_{{ number }} as partners on numbered.bundle_key = partners.bundle_key
        left join courted_{{ number }} as courted on numbered.bundle_key = courted.bundle_key
    ),
{%- endmacro %}


{#
    A whole number for an amount, such that two amounts within tolerance of each other differ by one at most. Where the
    absolute tolerance is the larger, buckets are twice as wide as it; beyond that they grow with the amount, by twice the
    percentage (up to 50). Binary logarithms do no harm: the amounts themselves are compared after the join.
#}
{% macro matching_amount_bucket() -%}
    {%- set absolute = 'max(tolerance_absolute)' -%}
    {%- set share = '(max(tolerance_percent) * 0.01)' -%}
    {# The amount at which the percentage becomes the larger; 0.0001 is the smallest amount there is. #}
    {%- set turn = 'greatest(cast(' ~ absolute ~ ' as double) / nullif(cast(' ~ share ~ ' as double), 0), 0.0001)' -%}
    case
        when {{ share }} > 0 and abs(amount) > {{ turn }}
            then
                cast(sign(amount) as bigint) * (
                    cast(floor(case when {{ absolute }} > 0 then 0.5 / {{ share }} else 0 end) as bigint)
                    + cast(floor(
                        ln(cast(abs(amount) as double) / {{ turn }}) / ln(1 + 2 * cast({{ share }} as double))
                    ) as bigint)
                )
        when {{ absolute }} > 0
            then
                cast(sign(amount) as bigint)
                * cast(floor(cast(abs(amount) as double) / (2 * cast({{ absolute }} as double))) as bigint)
        when {{ share }} > 0 then 0
        else cast(floor(amount) as bigint)
    end
{%- endmacro %}


{#
    What a pass decided: match_id where an item was taken. Where it was not, an item of the other side that was taken
    under the same key makes it a duplicate.
#}
{% macro matching_decision(pass, seen, carried) -%}
    {%- set key = pass.partition | join(', ') -%}
    {%- set has_key = pass.kind not in ('reversal', 'duplicates', 'window') %}
        select
            {%- for column in carried if column not in ['finding', 'rule_name', 'twin_key'] %}
            {{ column }},
            {%- endfor %}
            case
                when is_taken then '{{ {'reversal': 'reversal', 'duplicates': 'duplicate'}.get(pass.kind, 'match') }}'
                {%- if pass.kind == 'all_but_one' %}
                when is_left_out then 'left_out'
                {%- endif %}
                when finding in ('left_out', 'duplicate') then finding
                when new_twin_key is not null then 'duplicate'
                when is_ambiguous then 'ambiguous'
                else finding
            end as finding,
            case
                when is_taken or (new_twin_key is not null and twin_key is null) then '{{ pass.rule.name }}'
                else rule_name
            end as rule_name,
            coalesce(twin_key, new_twin_key) as twin_key,
            case
                when is_taken
                    then {{ surrogate_key(["'" ~ pass.rule.name ~ "'", "'" ~ pass.kind ~ "'", 'match_parts']) }}
            end as match_id
        from (
            select
                *,
                {%- if has_key %}
                case
                    when is_taken then cast(null as varchar)
                    when side = 'right'
                        then min(case when is_taken and side = 'left' then item_key end) over (partition by {{ key }})
                    else min(case when is_taken and side = 'right' then item_key end) over (partition by {{ key }})
                end as new_twin_key
                {%- else %}
                cast(null as varchar) as new_twin_key
                {%- endif %}
            from {{ seen }}
        ) as seen
{%- endmacro %}
