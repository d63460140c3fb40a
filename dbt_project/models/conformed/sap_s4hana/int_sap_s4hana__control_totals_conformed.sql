-- Grain: one row per ledger, company code and period: the server's own sums. Debits > 0, credits < 0.
with

control_totals as (
    select * from {{ ref('stg_sap_s4hana__control_totals') }}
),

final as (
    select
        ledger_code,
        source_entity_id,
        fiscal_year,
        fiscal_period,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(case when debit_credit_code = 'S' then amount_local else 0 end) as {{ type_amount() }})
            as amount_debit_local,
        cast(sum(case when debit_credit_code = 'H' then amount_local else 0 end) as {{ type_amount() }})
            as amount_credit_local,
        local_currency,
        source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from control_totals
    group by ledger_code, source_entity_id, fiscal_year, fiscal_period, local_currency, source_instance
)

select * from final
