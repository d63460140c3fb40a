{# What databases write for yes and no, dates and moments, whatever their engine. #}

{# true, X, Y, yes, 1 and their opposites; null for anything else. #}
{% macro database_flag(column) -%}
    case
        when lower(trim({{ column }})) in ('true', 't', 'yes', 'y', 'x', '1') then true
        when lower(trim({{ column }})) in ('false', 'f', 'no', 'n', '0') then false
    end
{%- endmacro %}


{# A moment with or without its zone; one without counts as UTC. A date is its midnight. #}
{% macro database_timestamp(column) -%}
    coalesce(
        {{ iso_timestamp('replace(' ~ column ~ ", ' ', 'T')") }},
        case
            when {{ column }} like '____-__-__%' and {{ column }} not like '%Z' then try_cast({{ column }} as timestamp)
        end
    )
{%- endmacro %}


{# What a type of an account is, by the company's list of those of the balance sheet. #}
{% macro is_listed(column, listed) -%}
    list_contains(string_split({{ listed }}, ' '), {{ column }})
{%- endmacro %}


{# One signed amount, debit > 0: as it stands, or debit less credit, of which one may be missing; null without any. #}
{% macro signed_or_two_sided(amount_column, debit_column, credit_column) -%}
    coalesce(
        {{ amount(amount_column) }},
        case
            when {{ debit_column }} is not null or {{ credit_column }} is not null
                then cast(
                    coalesce({{ amount(debit_column) }}, 0) - coalesce({{ amount(credit_column) }}, 0)
                    as {{ type_amount() }}
                )
        end
    )
{%- endmacro %}


{# The fiscal year as the ledger says, or of the date, named after the calendar year it begins in. #}
{% macro fiscal_year_on(own, date, first_month) -%}
    coalesce(
        {{ own }},
        cast(
            year({{ date }}) - case when month({{ date }}) < coalesce({{ first_month }}, 1) then 1 else 0 end as integer
        )
    )
{%- endmacro %}

{# The fiscal period as the ledger says, or of the date, counted from the first month of the year. #}
{% macro fiscal_period_on(own, date, first_month) -%}
    coalesce({{ own }}, cast((month({{ date }}) - coalesce({{ first_month }}, 1) + 12) % 12 + 1 as integer))
{%- endmacro %}


{# The items of customers or suppliers, typed, with the reason to reject one if there is one. #}
{% macro sql_ledger_items(items) -%}
    with

    source as (
        {{ current_rows(items, [
            'entity', 'fiscal_year', 'document_number', 'line_number'
        ]) }}
    ),

    final as (
        select
            source_instance,
            load_id,
            recorded_at,
            {{ natural_key(['entity', 'fiscal_year', 'document_number', 'line_number']) }} as source_key,
            {{ normalise_code('entity') }} as source_entity_id,
            {{ whole_number('fiscal_year', 'integer') }} as fiscal_year,
            {{ whole_number('fiscal_period', 'integer') }} as fiscal_period,
            {{ normalise_code('document_number') }} as document_number,
            {{ normalise_code('line_number') }} as line_number,
            {{ normalise_code('document_type') }} as document_type,
            {{ text('item_type') }} as item_type,
            {{ normalise_code('counterparty') }} as source_counterparty_id,
            {{ normalise_code('account') }} as source_account_id,
            {{ file_date('posting_date') }} as posting_date,
            {{ file_date('document_date') }} as document_date,
            {{ file_date('due_date') }} as due_date,
            {{ amount('amount') }} as amount_local,
            {{ normalise_code('transaction_currency') }} as transaction_currency,
            {{ amount('transaction_amount') }} as amount_transaction,
            {{ file_date('clearing_date') }} as clearing_date,
            {{ normalise_code('clearing_document') }} as clearing_document_number,
            {{ normalise_code('reference') }} as reference_document,
            {{ normalise_code('billing_document') }} as billing_document_number,
            coalesce({{ database_flag('is_reversal') }}, false) as is_reversal,
            coalesce({{ database_flag('is_reversed') }}, false) as is_reversed,
            {{ rejection_reason([
                required('entity'),
                castable('fiscal_year', whole_number('fiscal_year', 'integer')),
                castable('fiscal_period', whole_number('fiscal_period', 'integer')),
                required('document_number'),
                required('line_number'),
                required('counterparty'),
                required('account'),
                required('posting_date', file_date('posting_date')),
                castable('document_date', file_date('document_date')),
                castable('due_date', file_date('due_date')),
                required('amount', amount('amount')),
                castable('transaction_amount', amount('transaction_amount')),
                castable('clearing_date', file_date('clearing_date')),
                castable('is_reversal', database_flag('is_reversal')),
                castable('is_reversed', database_flag('is_reversed')),
                rejected_when(
                    "(transaction_amount is null) <> (transaction_currency is null)",
                    "'an amount in another currency and that currency come together'"
                ),
            ]) }} as rejection_reason,
            {{ evidence(row_as_json('source')) }} as payload
        from source
    )

    select * from final
{%- endmacro %}
