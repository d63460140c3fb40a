-- Grain: one row per period that was signed and whose figures have changed since, and currency. The amount is what the
-- closing figures have moved by, up or down, whichever is more: a journal moves one account by what it moves the other
-- back. Where they stand as before it is half the turnover that came and went.
with

signed_figure_changes as (select * from {{ ref('signed_figure_changes') }}),

moved as (
    select
        entity_code,
        module,
        period_month,
        currency_code,
        count(*) as figure_count,
        min(figure_key) as first_figure_key,
        greatest(
            sum(greatest(amount_closing_now - amount_closing_signed, 0)),
            sum(greatest(amount_closing_signed - amount_closing_now, 0))
        ) as amount_closing_moved,
        sum(
            abs(amount_debit_now - amount_debit_signed) + abs(amount_credit_now - amount_credit_signed)
        ) as amount_turnover_moved
    from signed_figure_changes
    group by entity_code, module, period_month, currency_code
),

final as (
    select
        'signed_period_changed' as exception_type,
        {{ natural_key(['entity_code', 'module', month_code('period_month')]) }} as natural_key,
        entity_code,
        period_month,
        cast(
            case when amount_closing_moved = 0 then amount_turnover_moved * 0.5 else amount_closing_moved end
            as {{ type_amount() }}
        ) as amount_transaction,
        currency_code as transaction_currency,
        concat_ws(
            ' ',
            module,
            'of',
            entity_code,
            {{ month_code('period_month') }} || ':',
            cast(figure_count as varchar),
            'signed figures have changed, first',
            first_figure_key
        ) as subject,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id
    from moved
)

select * from final
