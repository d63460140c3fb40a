-- Grain: one row per credit note, void and deleted ones included.
with

final as (
    {{ accepted_rows(ref('base_chargebee__credit_notes')) }}
)

select * from final
