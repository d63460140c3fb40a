{#
    What makes a bank statement one that can be used, whatever its format: it is whole, it adds up, and it is the first or
    the last word of the bank on that day's account.
#}

{#
    Statements with their rejection_reason. `typed` is a CTE with source_instance, file_name, file_modified_at,
    source_bank_account_id, source_statement_id, sequence_number, created_at, statement_date, account_currency,
    amount_opening, amount_closing, entry_count (as the statement or its reader counts), landed_entry_count,
    amount_booked (sum of the landed entries, money in > 0) and problem; `checks` are the format's own.

    Of statements with the same account and id the one the bank made last counts; a repetition of it is a named duplicate.
#}
{% macro judged_bank_statements(typed, checks) -%}
    with

    checked as (
        select
            *,
            case
                when problem is not null then problem
                else {{ rejection_reason(checks + [
                    required('source_bank_account_id'),
                    required('source_statement_id'),
                    required('account_currency'),
                    rejected_when('statement_date is null', "'its closing balance has no date'"),
                    rejected_when('amount_opening is null', "'its opening balance cannot be read'"),
                    rejected_when('amount_closing is null', "'its closing balance cannot be read'"),
                    rejected_when(
                        'entry_count is distinct from landed_entry_count',
                        "'not all of its entries can be read: ' || concat_ws(' of ', landed_entry_count, entry_count)"
                    ),
                    rejected_when(
                        'entry_count = landed_entry_count and amount_opening + amount_booked <> amount_closing',
                        "'closing balance is not opening balance plus entries: ' || amount_closing"
                    ),
                ]) }}
            end as own_reason
        from {{ typed }}
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by source_instance, source_bank_account_id, source_statement_id
                order by
                    case when own_reason is null then 0 else 1 end,
                    created_at desc nulls last,
                    file_modified_at,
                    file_name,
                    source_key
            ) as version_rank,
            {%- for column in ['file_name', 'created_at', 'amount_opening', 'amount_closing', 'entry_count'] %}
            first_value({{ column }}) over (
                partition by source_instance, source_bank_account_id, source_statement_id
                order by
                    case when own_reason is null then 0 else 1 end,
                    created_at desc nulls last,
                    file_modified_at,
                    file_name,
                    source_key
            ) as used_{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from checked
    )

    select
        *,
        case
            when own_reason is not null then own_reason
            when version_rank = 1 then null
            when
                created_at is not distinct from used_created_at
                and amount_opening = used_amount_opening
                and amount_closing = used_amount_closing
                and entry_count = used_entry_count
                then 'duplicate: the statement came before, in ' || used_file_name
            else 'another version of the statement is used: ' || used_file_name
        end as rejection_reason
    from ranked
{%- endmacro %}


{# Why an entry cannot be used: its own reason, else that of its statement; a repetition stays one. #}
{% macro entry_rejection_reason(statement_reason, checks) -%}
    coalesce(
        {{ rejection_reason(checks) }},
        case
            when {{ statement_reason }} like 'duplicate: %' then {{ statement_reason }}
            when {{ statement_reason }} is not null then 'its statement is not used: ' || {{ statement_reason }}
        end
    )
{%- endmacro %}


{# The rejected rows that somebody has to look at: what a bank sent twice harms nobody. #}
{% macro rejected_without_duplicates(rejected_rows) -%}
    select * from {{ rejected_rows }}
    where rejection_reason not like 'duplicate: %'
{%- endmacro %}


{# An amount without sign and its mark as a signed amount, money in > 0; null when the mark is neither. #}
{% macro marked_amount(amount_text, mark, credit='CRDT', debit='DBIT') -%}
    case {{ mark }}
        when '{{ credit }}' then {{ amount(amount_text) }}
        when '{{ debit }}' then -{{ amount(amount_text) }}
    end
{%- endmacro %}


{# The number of a bank account as people compare it: without blanks, upper case. #}
{% macro bank_account_number(column) -%}
    nullif(upper(replace(trim({{ column }}), ' ', '')), '')
{%- endmacro %}


{# The text of a number with a decimal comma (6800, or 12,50) with a point; what else is wrong with it stays. #}
{% macro point_for_comma(column) -%}
    rtrim(replace({{ column }}, ',', '.'), '.')
{%- endmacro %}


{# A date of two digits each for year, month and day: a statement is of this century. #}
{% macro six_digit_date(column) -%}
    case
        when length({{ column }}) = 6 and {{ is_all_digits(column) }}
            then try_cast(
                '20' || substr({{ column }}, 1, 2) || '-' || substr({{ column }}, 3, 2) || '-' || substr({{ column }}, 5, 2)
                as date
            )
    end
{%- endmacro %}


{# The date of month and day (0131) in the year that brings it within 330 days of another: at the turn of a year not its own. #}
{% macro four_digit_date_near(column, date) -%}
    case
        {%- for years in [0, 1, -1] %}
        when abs({{ dbt.datediff(date, four_digit_date_in('year(' ~ date ~ ') + ' ~ years, column), 'day') }}) < 330
            then {{ four_digit_date_in('year(' ~ date ~ ') + ' ~ years, column) }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro four_digit_date_in(year, column) -%}
    try_cast(
        cast({{ year }} as varchar) || '-' || substr({{ column }}, 1, 2) || '-' || substr({{ column }}, 3, 2) as date
    )
{%- endmacro %}


{#
    The booked entries of a format's statements on the contract. Money in > 0. What is pending or for information moved
    nothing yet. `entries` is the format's stg_ model.
#}
{% macro conformed_bank_transactions(entries) -%}
    select
        source_bank_account_id,
        source_statement_id,
        entry_number,
        booking_date,
        is_booking_date_derived,
        value_date,
        amount_account,
        account_currency,
        coalesce(amount_transaction, amount_account) as amount_transaction,
        coalesce(transaction_currency, account_currency) as transaction_currency,
        is_reversal,
        bank_reference,
        end_to_end_id,
        counterparty_name,
        remittance_text,
        transaction_code,
        payment_count,
        source_instance,
        load_id,
        recorded_at
    from {{ entries }}
    where is_booked
{%- endmacro %}


{#
    A format's usable statements on the contract. `statements` is its stg_ model.
#}
{% macro conformed_bank_statements(statements) -%}
    select
        source_bank_account_id,
        source_statement_id,
        sequence_number,
        statement_date,
        amount_opening,
        amount_closing,
        account_currency,
        cast(entry_count as bigint) as entry_count,
        source_instance,
        load_id,
        recorded_at
    from {{ statements }}
{%- endmacro %}
