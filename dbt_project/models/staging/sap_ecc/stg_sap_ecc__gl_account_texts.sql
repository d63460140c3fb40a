-- Grain: one row per account of a chart and language; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_ecc__gl_account_texts')) }}
)

select * from final
