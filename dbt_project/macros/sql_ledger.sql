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
