-- Grain: one row per company code and period: what SAP keeps as totals of the ledger, and how many items its database
-- counts. Two sources that the items themselves are neither of. Debits > 0, credits < 0.
with

ledger_totals as (
    select * from {{ ref('stg_sap_ecc__ledger_totals') }}
),

item_counts as (
    select * from {{ ref('stg_sap_ecc__item_counts') }}
),

company_codes as (
    select * from {{ ref('stg_sap_ecc__company_codes') }}
),

currency_decimals as (
    select * from {{ ref('stg_sap_ecc__currency_decimals') }}
),

-- The table has a column per period.
totals_by_period as (
    {%- for period in range(1, 17) %}
    select
        source_instance,
        source_entity_id,
        fiscal_year,
        {{ period }} as fiscal_period,
        debit_credit_code,
        stored_amount_{{ '%02d' % period }} as stored_amount,
        load_id,
        recorded_at
    from ledger_totals
    where stored_amount_{{ '%02d' % period }} <> 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

sums as (
    select
        source_instance,
        source_entity_id,
        fiscal_year,
        fiscal_period,
        sum(case debit_credit_code when 'S' then stored_amount else 0 end) as stored_debit,
        sum(case debit_credit_code when 'H' then stored_amount else 0 end) as stored_credit,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from totals_by_period
    group by source_instance, source_entity_id, fiscal_year, fiscal_period
),

-- What only one of the two knows is a difference, and stays.
both_sides as (
    select
        coalesce(sums.source_instance, item_counts.source_instance) as source_instance,
        coalesce(sums.source_entity_id, item_counts.source_entity_id) as source_entity_id,
        coalesce(sums.fiscal_year, item_counts.fiscal_year) as fiscal_year,
        coalesce(sums.fiscal_period, item_counts.fiscal_period) as fiscal_period,
        coalesce(item_counts.line_count, 0) as line_count,
        coalesce(sums.stored_debit, 0) as stored_debit,
        coalesce(sums.stored_credit, 0) as stored_credit,
        coalesce(sums.load_id, item_counts.load_id) as load_id,
        coalesce(sums.recorded_at, item_counts.recorded_at) as recorded_at
    from sums
    full outer join item_counts
        on
            sums.source_instance = item_counts.source_instance
            and sums.source_entity_id = item_counts.source_entity_id
            and sums.fiscal_year = item_counts.fiscal_year
            and sums.fiscal_period = item_counts.fiscal_period
),

final as (
    select
        {{ sap_ecc_ledger() }} as ledger_code,
        both_sides.source_entity_id,
        both_sides.fiscal_year,
        cast(both_sides.fiscal_period as integer) as fiscal_period,
        both_sides.line_count,
        {{ sap_ecc_amount('both_sides.stored_debit', 'currency_decimals.decimals') }} as amount_debit_local,
        {{ sap_ecc_amount('both_sides.stored_credit', 'currency_decimals.decimals') }} as amount_credit_local,
        company_codes.local_currency,
        both_sides.source_instance,
        both_sides.load_id,
        both_sides.recorded_at
    from both_sides
    left join company_codes
        on
            both_sides.source_instance = company_codes.source_instance
            and both_sides.source_entity_id = company_codes.source_entity_id
    left join currency_decimals
        on
            company_codes.source_instance = currency_decimals.source_instance
            and company_codes.local_currency = currency_decimals.currency_code
)

select * from final
