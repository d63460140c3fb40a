-- Grain: one row per posting date of a company; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_business_central__ledger_credit_totals')) }}
)

select * from final
