-- Grain: one row per entity, currency, month and part of the movement of deferred revenue: an invoice (or a summarised
-- posting), or what the month has earned. Left is the roll-forward of the revenue schedules, right the accounts for
-- deferred revenue, both as movements, deferred > 0: where every movement ties, the balance does. The third leg, what the
-- days that are left still have to earn, is held against the closing of the roll-forward in the row of the month.
-- An invoice that is not in the ledger as it should be is an item of billing_to_erp with an owner of its own, and explains
-- its own part here, no more than its amount; what nothing explains is one exception per entity, currency and month.
with

schedule as (select * from {{ ref('deferred_revenue_to_gl_schedule') }}),

postings as (select * from {{ ref('deferred_revenue_to_gl_postings') }}),

roll_forward as (select * from {{ ref('fct_deferred_revenue') }}),

invoices as (select * from {{ ref('billing_to_erp_invoices') }}),

receivables as (select * from {{ ref('billing_to_erp_postings') }}),

billing_to_erp as (
    select * from {{ ref('rec_billing_to_erp') }}
    where exception_type is not null or outcome = 'timing'
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'deferred_revenue_to_gl'
),

-- How far the rate that the ledger has posted at may be from the one of the rate table.
rate_tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'deferred_revenue_to_gl/exchange_rate'
),

-- What is known to be wrong with the posting of an invoice, by both references it may go by.
findings_by_reference as (
    select
        billing_to_erp.entity_code,
        invoices.invoice_number as reference,
        billing_to_erp.currency_code,
        billing_to_erp.cause,
        billing_to_erp.amount_difference
    from billing_to_erp
    inner join invoices
        on billing_to_erp.left_instance = invoices.source_instance and billing_to_erp.left_key = invoices.source_key

    union all

    select
        billing_to_erp.entity_code,
        invoices.posting_batch as reference,
        billing_to_erp.currency_code,
        billing_to_erp.cause,
        billing_to_erp.amount_difference
    from billing_to_erp
    inner join invoices
        on billing_to_erp.left_instance = invoices.source_instance and billing_to_erp.left_key = invoices.source_key
    where invoices.posting_batch is not null

    union all

    select
        billing_to_erp.entity_code,
        receivables.reference,
        billing_to_erp.currency_code,
        billing_to_erp.cause,
        billing_to_erp.amount_difference
    from billing_to_erp
    inner join receivables
        on
            billing_to_erp.right_instance = receivables.source_instance
            and billing_to_erp.right_key = receivables.source_key
    where billing_to_erp.left_key is null
),

causes as (
    select
        entity_code,
        reference,
        min(cause) as cause
    from findings_by_reference
    group by entity_code, reference
),

open_amounts as (
    select
        entity_code,
        reference,
        currency_code,
        sum(abs(amount_difference)) as amount
    from findings_by_reference
    group by entity_code, reference, currency_code
),

untied_months as (
    select
        entity_code,
        transaction_currency,
        calendar_month
    from roll_forward
    where
        amount_closing_transaction <> amount_unearned_transaction
        or amount_closing_local <> amount_unearned_local
),

paired as (
    select
        coalesce(schedule.item_key, postings.item_key) as item_key,
        coalesce(schedule.entity_code, postings.entity_code) as entity_code,
        coalesce(schedule.currency_code, postings.currency_code) as currency_code,
        coalesce(schedule.period_month, postings.period_month) as period_month,
        coalesce(schedule.reference, postings.reference) as reference,
        coalesce(schedule.original_currency, postings.original_currency) as original_currency,
        coalesce(schedule.is_converted, false) or coalesce(postings.is_converted, false) as is_converted,
        coalesce(schedule.is_rate_missing, false) as is_rate_missing,
        schedule.source_instance as left_instance,
        schedule.item_key as left_key,
        schedule.load_id as left_load_id,
        schedule.item_date as left_date,
        schedule.amount as left_amount,
        postings.source_instance as right_instance,
        postings.item_key as right_key,
        postings.load_id as right_load_id,
        postings.item_date as right_date,
        postings.amount as right_amount,
        coalesce(schedule.amount, 0) - coalesce(postings.amount, 0) as amount_difference
    from schedule
    full outer join postings on schedule.item_key = postings.item_key
),

-- Over all months: what was posted in another one is no difference of the invoice.
totals as (
    select
        entity_code,
        currency_code,
        reference,
        sum(amount_difference) as amount_difference
    from paired
    where reference is not null
    group by entity_code, currency_code, reference
),

weighed as (
    select
        paired.*,
        causes.cause as cause_of_invoice,
        untied_months.calendar_month is not null as is_untied,
        abs(paired.amount_difference)
        <= {{ allowed_difference('coalesce(paired.left_amount, 0)', 'tolerances') }} as is_within_tolerance,
        paired.is_converted
        and abs(paired.amount_difference)
        <= {{ allowed_difference('coalesce(paired.left_amount, 0)', 'rate_tolerances') }} as is_other_rate,
        -- In local currency an invoice posted on another day, or in another currency, has another rate as well.
        causes.cause is not null
        and (
            paired.is_converted
            or abs(totals.amount_difference)
            <= coalesce(open_amounts.amount, 0)
            + {{ allowed_difference('coalesce(paired.left_amount, 0)', 'tolerances') }}
        ) as is_explained
    from paired
    left join causes on paired.entity_code = causes.entity_code and paired.reference = causes.reference
    left join totals
        on
            paired.entity_code = totals.entity_code
            and paired.currency_code = totals.currency_code
            and paired.reference = totals.reference
    left join open_amounts
        on
            paired.entity_code = open_amounts.entity_code
            and paired.currency_code = open_amounts.currency_code
            and paired.reference = open_amounts.reference
    left join untied_months
        on
            paired.reference is null
            and paired.entity_code = untied_months.entity_code
            and coalesce(paired.original_currency, paired.currency_code) = untied_months.transaction_currency
            and paired.period_month = untied_months.calendar_month
    left join tolerances on paired.currency_code = tolerances.currency_code
    left join rate_tolerances on paired.currency_code = rate_tolerances.currency_code
),

judged as (
    select
        *,
        case
            when is_untied then 'amount_difference'
            when amount_difference = 0 then 'matched'
            when is_within_tolerance then 'matched_within_tolerance'
            when is_explained or is_rate_missing then 'timing'
            when is_other_rate then 'matched_within_tolerance'
            else 'amount_difference'
        end as outcome,
        case
            when is_untied then 'roll_forward_differs_from_unearned'
            when amount_difference = 0 then 'agrees'
            when is_within_tolerance then 'rounding'
            when is_explained then cause_of_invoice
            when is_rate_missing then 'rate_missing'
            when is_other_rate then 'other_rate'
            when reference is null then 'release_differs'
            else 'deferral_differs'
        end as cause
    from weighed
),

compared as (
    select
        entity_code,
        period_month,
        cast(null as varchar) as counterparty_key,
        currency_code,
        left_instance,
        left_key,
        left_load_id,
        case when left_key is not null then 1 end as left_item_count,
        left_date,
        left_amount,
        right_instance,
        right_key,
        right_load_id,
        case when right_key is not null then 1 end as right_item_count,
        right_date,
        right_amount,
        outcome,
        cause,
        case when reference is null then 'release_of_the_month' else 'invoice_reference' end as rule_name,
        case when outcome = 'amount_difference' then 'deferred_revenue_difference' end as exception_type,
        case
            when outcome = 'amount_difference' then {{ natural_key(['entity_code', 'currency_code', 'period_month']) }}
        end as natural_key
    from judged
),

final as (
    {{ reconciliation_rows('deferred_revenue_to_gl', 'compared') }}
)

select * from final
