-- Grain: one row per customer or supplier item of a document; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__subledger_items')) }}
)

select * from final
