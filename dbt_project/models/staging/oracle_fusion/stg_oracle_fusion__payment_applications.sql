-- Grain: one row per payment of an invoice; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_oracle_fusion__payment_applications')) }}
)

select * from final
