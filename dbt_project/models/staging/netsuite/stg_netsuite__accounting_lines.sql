-- Grain: one row per transaction line and accounting book, as last landed. amount_local is signed, debit > 0; accepted
-- rows only.
with

final as (
    {{ accepted_rows(ref('base_netsuite__accounting_lines')) }}
)

select * from final
