-- Grain: one row per accounting book; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__accounting_books')) }}
)

select * from final
