{# The buckets of ageing: from how many days past due to how many; none is without end. #}
{% macro ageing_buckets() -%}
    {{ return({
        'not_due': [none, 0],
        '1_to_30': [1, 30],
        '31_to_60': [31, 60],
        '61_to_90': [61, 90],
        'over_90': [91, none],
    }) }}
{%- endmacro %}


{# The same as rows, for who ages the open items of another day. #}
{% macro ageing_bucket_rows() -%}
    {%- for bucket, days in ageing_buckets().items() %}
    select
        cast('{{ bucket }}' as varchar) as ageing_bucket,
        cast({{ days[0] if days[0] is not none else 'null' }} as integer) as first_day_past_due,
        cast({{ days[1] if days[1] is not none else 'null' }} as integer) as last_day_past_due
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#
    Open items by days past due on the as-of date, per entity, account, counterparty and transaction currency. An item
    is not due until the day after its due date; without a due date it is due on its document date. Amounts come out
    with what is owed > 0: receivable_sign is 1 for receivables (debits) and -1 for payables (credits).
#}
{% macro aged_open_items(open_items, counterparty_id, receivable_sign) -%}
    with

    signed_items as (
        select
            entity_code,
            account_id,
            {{ counterparty_id }} as counterparty_id,
            transaction_currency,
            local_currency,
            coalesce(due_date, document_date) as due_date,
            {{ dbt.datediff('coalesce(due_date, document_date)', as_of_date(), 'day') }} as days_past_due,
            {{ receivable_sign }} * amount_local as amount_owed_local,
            {{ receivable_sign }} * amount_transaction as amount_owed_transaction
        from {{ open_items }}
    )

    select
        {{ as_of_date() }} as as_of_date,
        entity_code,
        account_id,
        counterparty_id,
        transaction_currency,
        local_currency,
        {%- for bucket, days in ageing_buckets().items() %}
        cast(
            sum(
                case
                    when
                        amount_owed_local > 0
                        {%- if days[0] is not none %} and days_past_due >= {{ days[0] }}{% endif %}
                        {%- if days[1] is not none %} and days_past_due <= {{ days[1] }}{% endif %}
                        then amount_owed_local
                    else 0
                end
            ) as {{ type_amount() }}
        ) as amount_{{ bucket }}_local,
        {%- endfor %}
        cast(sum(case when amount_owed_local > 0 then 0 else amount_owed_local end) as {{ type_amount() }})
            as amount_unapplied_credits_local,
        cast(sum(amount_owed_local) as {{ type_amount() }}) as amount_total_local,
        cast(sum(amount_owed_transaction) as {{ type_amount() }}) as amount_total_transaction,
        count(*) as item_count,
        min(case when amount_owed_local > 0 then due_date end) as oldest_due_date
    from signed_items
    group by entity_code, account_id, counterparty_id, transaction_currency, local_currency
{%- endmacro %}
