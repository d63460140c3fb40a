-- Grain: one row per mapping, mapped key, member it stands on, entity, month and currency: the money that moves when the
-- mapping changes. Accounts bring the movement of the month, cost centres what was posted on them, products and customers
-- what was invoiced net, stages and territories deals by close date: open ones, of territories the won ones too.
-- A stage is mapped by record type; what no row of its own record type maps stands on the row of all others ('*') too.
with

trial_balances as (select * from {{ ref('fct_trial_balances') }}),

invoice_lines as (select * from {{ ref('fct_billing_invoice_lines') }}),

products as (select * from {{ ref('dim_products') }}),

opportunities as (select * from {{ ref('fct_opportunities') }}),

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

cost_centres as (select * from {{ ref('dim_cost_centres') }}),

customers as (select * from {{ ref('dim_customers') }}),

territories as (select * from {{ ref('map_territories') }}),

stages as (select * from {{ ref('map_stages') }}),

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

open_opportunities as (
    select
        opportunities.source_instance,
        opportunities.record_type,
        opportunities.stage_name,
        case when opportunities.is_stage_mapped then opportunities.forecast_category else 'UNMAPPED' end as member_code,
        coalesce(opportunities.entity_code, '*') as entity_code,
        {{ month_of('opportunities.close_date') }} as period_month,
        opportunities.transaction_currency as currency_code,
        opportunities.amount_transaction,
        stages.stage_key is not null as has_own_row
    from opportunities
    left join stages
        on
            opportunities.source_instance = stages.source_instance
            and {{ normalise_code('opportunities.record_type') }} = stages.record_type_key
            and {{ normalise_code('opportunities.stage_name') }} = stages.stage_key
            and {{ is_valid_on(as_of_date(), 'stages') }}
    where
        not opportunities.is_closed
        and not opportunities.is_deleted
        and opportunities.close_date is not null
        and opportunities.transaction_currency is not null
),

open_stages as (
    {%- for record_type, there in [('record_type', 'record_type is not null'), ("'*'", 'not has_own_row')] %}
    select
        'stages' as mapping_name,
        {{ natural_key(['source_instance', record_type, 'stage_name']) }} as mapping_key,
        member_code,
        entity_code,
        period_month,
        currency_code,
        sum(amount_transaction) as amount
    from open_opportunities
    where {{ there }}
    group by
        source_instance,
        {{ 'record_type,' if record_type == 'record_type' }}
        stage_name,
        member_code,
        entity_code,
        period_month,
        currency_code
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

sold_territories as (
    select
        'territories' as mapping_name,
        {{ natural_key(['opportunities.source_instance', 'opportunities.source_territory_id']) }} as mapping_key,
        coalesce(territories.source_entity_id, 'UNMAPPED') as member_code,
        coalesce(opportunities.entity_code, '*') as entity_code,
        {{ month_of('opportunities.close_date') }} as period_month,
        opportunities.transaction_currency as currency_code,
        sum(opportunities.amount_transaction) as amount
    from opportunities
    left join territories
        on
            opportunities.source_instance = territories.source_instance
            and opportunities.source_territory_id = territories.source_territory_id
            and {{ is_valid_on('opportunities.close_date', 'territories') }}
    where
        opportunities.source_territory_id is not null
        and (opportunities.is_won or not opportunities.is_closed)
        and not opportunities.is_deleted
        and opportunities.close_date is not null
        and opportunities.transaction_currency is not null
    group by
        opportunities.source_instance,
        opportunities.source_territory_id,
        coalesce(territories.source_entity_id, 'UNMAPPED'),
        coalesce(opportunities.entity_code, '*'),
        {{ month_of('opportunities.close_date') }},
        opportunities.transaction_currency
),

posted_cost_centres as (
    select
        'cost_centres' as mapping_name,
        {{ natural_key(['journal_lines.source_instance', 'journal_lines.source_cost_centre_id']) }} as mapping_key,
        coalesce(cost_centres.group_cost_centre_code, 'UNMAPPED') as member_code,
        coalesce(journal_lines.entity_code, '*') as entity_code,
        journal_lines.calendar_month as period_month,
        journal_lines.local_currency as currency_code,
        sum(journal_lines.amount_local) as amount
    from journal_lines
    left join cost_centres
        on
            journal_lines.source_instance = cost_centres.source_instance
            and journal_lines.source_cost_centre_id = cost_centres.source_cost_centre_id
            and {{ is_valid_on('journal_lines.posting_date', 'cost_centres') }}
    where journal_lines.source_cost_centre_id is not null and journal_lines.calendar_month is not null
    group by
        journal_lines.source_instance,
        journal_lines.source_cost_centre_id,
        coalesce(cost_centres.group_cost_centre_code, 'UNMAPPED'),
        coalesce(journal_lines.entity_code, '*'),
        journal_lines.calendar_month,
        journal_lines.local_currency
),

invoiced_customers as (
    select
        'customers' as mapping_name,
        {{ natural_key(['invoice_lines.source_instance', 'invoice_lines.source_customer_id']) }} as mapping_key,
        coalesce(customers.customer_key, 'UNMAPPED') as member_code,
        coalesce(invoice_lines.entity_code, '*') as entity_code,
        {{ month_of('invoice_lines.invoice_date') }} as period_month,
        invoice_lines.transaction_currency as currency_code,
        sum(invoice_lines.amount_net_transaction) as amount
    from invoice_lines
    left join customers on invoice_lines.customer_id = customers.customer_id
    where
        invoice_lines.source_customer_id is not null
        and invoice_lines.invoice_status not in ('draft', 'void')
        and invoice_lines.invoice_date is not null
        and invoice_lines.transaction_currency is not null
    group by
        invoice_lines.source_instance,
        invoice_lines.source_customer_id,
        coalesce(customers.customer_key, 'UNMAPPED'),
        coalesce(invoice_lines.entity_code, '*'),
        {{ month_of('invoice_lines.invoice_date') }},
        invoice_lines.transaction_currency
),

amounts as (
    select * from accounts
    union all
    select * from sold_products
    union all
    select * from open_stages
    union all
    select * from sold_territories
    union all
    select * from posted_cost_centres
    union all
    select * from invoiced_customers
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
