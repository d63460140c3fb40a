-- Grain: one row per account and language; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__gl_account_texts')) }}
)

select * from final
