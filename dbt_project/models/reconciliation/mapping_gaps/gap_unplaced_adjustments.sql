-- Grain: one row per approved adjustment that is in no books: nobody knows its entity, or the entity keeps its books in
-- another currency. The amount is the sum of its debits.
with

adjustment_lines as (select * from {{ ref('fct_adjustment_lines') }}),

final as (
    select
        'mapping_not_used' as exception_type,
        {{ natural_key(["'adjustments'", 'adjustment_code']) }} as natural_key,
        entity_code,
        {{ month_of('min(posting_date)') }} as period_month,
        sum(greatest(amount_local, 0)) as amount_transaction,
        local_currency as transaction_currency,
        concat_ws(
            ' ', 'Adjustment', adjustment_code || ':', 'the group has no entity', entity_code, 'with books in',
            local_currency
        ) as subject,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id
    from adjustment_lines
    where not is_in_books and entry_kind = 'adjustment'
    group by adjustment_code, entity_code, local_currency
)

select * from final
