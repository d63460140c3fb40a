{#
    Zuora's notations. Dates are those of the tenant and have no zone; moments are UTC. An object of a batch query that
    was deleted comes once more and says so.
#}

{# The landed rows of a batch query, of each object only its newest version; what is deleted does not come back. #}
{% macro zuora_rows(table_name) -%}
    select * from (
        {{ newest_versions(
            source('landed_zuora', table_name),
            version='row(' ~ zuora_is_deleted() ~ ', ' ~ iso_timestamp('UpdatedDate') ~ ')',
            key='Id'
        ) }}
    ) as newest_rows
{%- endmacro %}

{% macro zuora_is_deleted() -%}
    coalesce(lower(Deleted), 'false') = 'true'
{%- endmacro %}


{# The word for a status, a type or a period as one notation of several writes it: `Semi-Annual` is semi_annual. #}
{% macro zuora_word(column) -%}
    nullif(lower(replace(replace(trim({{ column }}), '-', '_'), ' ', '_')), '')
{%- endmacro %}


{# recurring, usage or one_off; null for any other word (`One-Time` and `OneTime` are the same). #}
{% macro zuora_charge_type(column) -%}
    case replace({{ zuora_word(column) }}, '_', '')
        when 'recurring' then 'recurring'
        when 'usage' then 'usage'
        when 'onetime' then 'one_off'
    end
{%- endmacro %}


{# How many days, weeks or months one billing period has; null for a charge without one and for any other word. #}
{% macro zuora_period(column, specific_column) -%}
    case {{ zuora_word(column) }}
        when 'month' then 1
        when 'quarter' then 3
        when 'semi_annual' then 6
        when 'annual' then 12
        when 'eighteen_months' then 18
        when 'two_years' then 24
        when 'three_years' then 36
        when 'five_years' then 60
        when 'week' then 1
        when 'specific_months' then {{ whole_number(specific_column) }}
        when 'specific_weeks' then {{ whole_number(specific_column) }}
        when 'specific_days' then {{ whole_number(specific_column) }}
    end
{%- endmacro %}

{# day, week or month: what that number counts. #}
{% macro zuora_period_unit(column) -%}
    case
        when {{ zuora_period(column, "'1'") }} is null then null
        when {{ zuora_word(column) }} like '%week%' then 'week'
        when {{ zuora_word(column) }} like '%day%' then 'day'
        else 'month'
    end
{%- endmacro %}


{# Fails a row whose currency is none that is known. #}
{% macro zuora_currency_is_known(relation) -%}
    {{ return(rejected_when(
        'currencies.currency_code is null', "'Currency is unknown: ' || coalesce(" ~ relation ~ ".Currency, '')"
    )) }}
{%- endmacro %}
