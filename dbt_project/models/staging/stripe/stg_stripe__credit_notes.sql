-- Grain: one row per credit note, void ones included.
with

final as (
    {{ accepted_rows(ref('base_stripe__credit_notes')) }}
)

select * from final
