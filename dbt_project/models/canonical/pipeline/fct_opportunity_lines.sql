-- Grain: one row per line of an opportunity, deleted ones included. The product family is that of the close date.
with

opportunity_lines as (
    select * from {{ ref('all_opportunity_lines') }}
),

opportunities as (
    select * from {{ ref('fct_opportunities') }}
),

product_slices as (
    select * from {{ ref('dim_product_slices') }}
),

final as (
    select
        {{ surrogate_key(['opportunity_lines.source_instance', 'opportunity_lines.source_opportunity_line_id']) }}
            as opportunity_line_id,
        opportunity_lines.source_opportunity_line_id,
        {{ surrogate_key(['opportunity_lines.source_instance', 'opportunity_lines.source_opportunity_id']) }}
            as opportunity_id,
        opportunity_lines.source_opportunity_id,
        opportunities.opportunity_id is not null as is_opportunity_known,
        {{ member_id('opportunity_lines.source_product_id', 'product_slices.product_id') }} as product_id,
        opportunity_lines.source_product_id,
        coalesce(product_slices.product_code, opportunity_lines.product_code) as product_code,
        {{ family_of('opportunity_lines.source_product_id', 'product_slices.product_family_code') }}
            as product_family_code,
        coalesce(product_slices.is_mapped, false) as is_product_mapped,
        opportunity_lines.quantity,
        opportunity_lines.unit_price_transaction,
        opportunity_lines.amount_transaction,
        opportunity_lines.transaction_currency,
        opportunity_lines.service_date,
        opportunity_lines.term_months,
        opportunity_lines.is_deleted,
        opportunity_lines.source_instance,
        opportunity_lines.load_id,
        opportunity_lines.recorded_at
    from opportunity_lines
    left join opportunities
        on
            opportunity_lines.source_instance = opportunities.source_instance
            and opportunity_lines.source_opportunity_id = opportunities.source_opportunity_id
    left join product_slices
        on
            opportunity_lines.source_instance = product_slices.source_instance
            and opportunity_lines.source_product_id = product_slices.source_product_id
            and {{ is_valid_on('coalesce(opportunities.close_date, ' ~ as_of_date() ~ ')', 'product_slices') }}
)

select * from final
