-- Grain: one row per row of intercompany_matches, with the pair, the documents and why they differ. A pair that booked one
-- deal in two currencies agrees when both are worth the same in group currency at the closing rate of the month.
{%- set claims = '(select * from ' ~ ref('intercompany_items') ~ ' where is_claim)' -%}
{%- set debts = '(select * from ' ~ ref('intercompany_items') ~ ' where not is_claim)' %}
{%- set columns = [
    'item_key', 'creditor_code', 'debtor_code', 'elimination_group', 'is_balance', 'reference', 'window_days'
] %}
with

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

group_tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'intercompany/group_currency' and currency_code = '{{ var("group_currency") }}'
),

described as (
    {{ described_matches(
        ref('intercompany_matches'), claims, debts, left_columns=columns, right_columns=columns
    ) }}
),

paired as (
    select
        match_id,
        rule_name,
        finding,
        outcome,
        currency_code,
        left_amount,
        right_amount,
        left_item_count,
        right_item_count,
        left_item_key,
        left_instance,
        left_key,
        left_load_id,
        left_date,
        left_period_end_date,
        right_item_key,
        right_instance,
        right_key,
        right_load_id,
        right_date,
        right_period_end_date,
        coalesce(left_creditor_code, right_creditor_code) as creditor_code,
        coalesce(left_debtor_code, right_debtor_code) as debtor_code,
        coalesce(left_elimination_group, right_elimination_group) as elimination_group,
        coalesce(left_is_balance, right_is_balance) as is_balance,
        coalesce(left_reference, right_reference) as reference,
        coalesce(left_window_days, right_window_days) as window_days,
        {{ month_of('coalesce(left_date, right_date)') }} as period_month
    from described
),

valued as (
    select
        paired.*,
        cast((paired.left_amount - paired.right_amount) * closing_rates.rate as {{ type_amount() }}) as amount_group
    from paired
    left join closing_rates
        on
            paired.currency_code = closing_rates.from_currency
            and {{ is_valid_on('paired.period_month', 'closing_rates') }}
),

-- The two halves of a difference in currency, put together again.
weighed as (
    select
        *,
        sum(amount_group) over (partition by match_id) as difference_group,
        sum(abs(amount_group)) over (partition by match_id) / 2 as size_group,
        count(*) over (partition by match_id) = count(amount_group) over (partition by match_id) as is_valued
    from valued
),

judged as (
    select
        weighed.*,
        weighed.outcome = 'currency_difference'
        and weighed.is_valued
        and abs(weighed.difference_group) <= {{ allowed_difference('weighed.size_group', 'group_tolerances') }}
            as agrees_in_group_currency
    from weighed
    left join group_tolerances on true
),

explained as (
    select
        * exclude (outcome),
        case when agrees_in_group_currency then 'matched_within_tolerance' else outcome end as outcome,
        case
            when agrees_in_group_currency then 'exchange_difference_only'
            when finding = 'reversal' then 'reversed'
            when finding = 'ambiguous' then 'ambiguous'
            when outcome in ('duplicate_left', 'duplicate_right') then 'posted_again'
            when outcome = 'currency_difference' then 'other_currency'
            when outcome = 'amount_difference' then 'other_amount'
            when outcome = 'missing_right' then 'not_posted_by_debtor'
            when outcome = 'missing_left' then 'not_posted_by_creditor'
            when outcome = 'timing' and (left_key is null or right_key is null) then 'not_posted_yet'
            when outcome = 'timing' and left_period_end_date = right_period_end_date then 'posted_later'
            when outcome = 'timing' and abs({{ dbt.datediff('left_date', 'right_date', 'day') }}) <= window_days
                then 'in_transit'
            when outcome = 'timing' then 'posted_in_other_period'
            when left_key is null or right_key is null then 'nothing_to_answer'
            else 'agrees'
        end as cause
    from judged
),

typed as (
    select
        *,
        case
            when outcome in ('missing_left', 'missing_right') then 'intercompany_not_posted'
            when outcome in ('amount_difference', 'duplicate_left', 'duplicate_right')
                then 'intercompany_amount_difference'
            when outcome = 'currency_difference' then 'intercompany_currency_difference'
            when cause = 'posted_in_other_period' then 'intercompany_in_other_period'
        end as exception_type,
        {{ natural_key(['creditor_code', 'debtor_code', 'coalesce(reference, left_key, right_key)']) }} as document_key
    from explained
),

-- A document stands on a balance and on an income account: what is wrong with it is one problem, told by the balance.
final as (
    select
        match_id,
        rule_name,
        outcome,
        case
            when
                exception_type is not null
                and dense_rank() over (
                    partition by exception_type, document_key
                    order by case when is_balance then 1 else 2 end, elimination_group
                ) > 1
                then 'told_elsewhere'
            else cause
        end as cause,
        exception_type,
        case when exception_type is not null then document_key end as natural_key,
        creditor_code,
        debtor_code,
        elimination_group,
        is_balance,
        reference,
        period_month,
        currency_code,
        left_item_key,
        left_instance,
        left_key,
        left_load_id,
        left_item_count,
        left_date,
        left_amount,
        right_item_key,
        right_instance,
        right_key,
        right_load_id,
        right_item_count,
        right_date,
        right_amount
    from typed
)

select * from final
