-- Grain: one row per company code and period, as counted by the database; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__item_counts')) }}
)

select * from final
