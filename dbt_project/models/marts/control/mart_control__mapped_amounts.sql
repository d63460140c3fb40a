-- Grain: one row per mapping, mapped key, member it stands on, entity, month and currency: the money that moves when the
-- mapping changes. Accounts bring the movement of the month, products what was invoiced net, stages what is open.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

products as (select * from {{ ref('dim_products') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

accounts as (
    select
        'accounts' as mapping_name,
        {{ natural_key(['source_instance', 'chart_code', 'source_account_id']) }} as mapping_key,
        group_account_code as member_code,
        entity_code,
        calendar_month as period_month,
        local_currency as currency_code,
        sum(amount_debit_local + amount_credit_local) as amount
    from trial_balances
    group by
        source_instance,
        chart_code,
        source_account_id,
        group_account_code,
        entity_code,
        calendar_month,
        local_currency
),

sold_products as (
    select
        'product_families' as mapping_name,
        {{ natural_key([
            'invoice_lines.source_instance', 'coalesce(products.product_code, invoice_lines.source_product_id)'
        ]) }} as mapping_key,
        coalesce(invoice_lines.product_family_code, 'UNMAPPED') as member_code,
        coalesce(invoice_lines.entity_code, '*') as entity_code,
        {{ month_of('invoice_lines.invoice_date') }} as period_month,
        invoice_lines.transaction_currency as currency_code,
        sum(invoice_lines.amount_net_transaction) as amount
    from invoice_lines
    left join products on invoice_lines.product_id = products.product_id
    where
        invoice_lines.source_product_id is not null
        and invoice_lines.invoice_status not in ('draft', 'void')
        and invoice_lines.invoice_date is not null
        and invoice_lines.transaction_currency is not null
    group by
        invoice_lines.source_instance,
        coalesce(products.product_code, invoice_lines.source_product_id),
        coalesce(invoice_lines.product_family_code, 'UNMAPPED'),
        coalesce(invoice_lines.entity_code, '*'),
        {{ month_of('invoice_lines.invoice_date') }},
        invoice_lines.transaction_currency
),

open_stages as (
    select
        'stages' as mapping_name,
        {{ natural_key(['source_instance', 'stage_name']) }} as mapping_key,
        case when is_stage_mapped then forecast_category else 'UNMAPPED' end as member_code,
        coalesce(entity_code, '*') as entity_code,
        {{ month_of('close_date') }} as period_month,
        transaction_currency as currency_code,
        sum(amount_transaction) as amount
    from opportunities
    where not is_closed and not is_deleted and close_date is not null and transaction_currency is not null
    group by
        source_instance,
        stage_name,
        case when is_stage_mapped then forecast_category else 'UNMAPPED' end,
        coalesce(entity_code, '*'),
        {{ month_of('close_date') }},
        transaction_currency
),

amounts as (
    select * from accounts
    union all
    select * from sold_products
    union all
    select * from open_stages
),

final as (
    select
        mapping_name,
        mapping_key,
        coalesce(member_code, 'UNMAPPED') as member_code,
        entity_code,
        period_month,
        currency_code,
        cast(amount as {{ type_amount() }}) as amount
    from amounts
    where amount <> 0
)

select * from final
