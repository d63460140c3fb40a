{#
    The notations of SAP's own tables: eight digits are a date and eight zeros none, amounts have no sign and two
    decimals whatever their currency has, and the date of an exchange rate is stored upside down.
#}

{# The date of 20260930; null for 00000000, blanks and anything else. #}
{% macro sap_ecc_date(column) -%}
    case when trim({{ column }}) not in ('', '00000000') then {{ file_date('trim(' ~ column ~ ')') }} end
{%- endmacro %}

{# A check: a date that is written must be one; zeros and blanks are none. #}
{% macro sap_ecc_date_or_none(column) -%}
    {{ return(rejected_when(
        'trim(' ~ column ~ ") not in ('', '00000000') and (" ~ sap_ecc_date(column) ~ ') is null',
        "'" ~ column ~ " does not cast: ' || " ~ column,
    )) }}
{%- endmacro %}


{# X is yes; blank, which some databases keep as one blank, is no. #}
{% macro sap_ecc_flag(column) -%}
    coalesce(trim({{ column }}) = 'X', false)
{%- endmacro %}

{# A check: anything else than X and blank is no flag. #}
{% macro sap_ecc_flag_or_none(column) -%}
    {{ return(rejected_when(
        'trim(' ~ column ~ ") not in ('', 'X')", "'" ~ column ~ " is neither X nor blank: ' || " ~ column
    )) }}
{%- endmacro %}


{# The day an exchange rate is valid from: GDATU is 99999999 less the date, so that the newest rate sorts first. #}
{% macro sap_ecc_inverted_date(column) -%}
    {{ file_date("cast(99999999 - try_cast(" ~ column ~ " as integer) as varchar)") }}
{%- endmacro %}


{# A number of digits that is no number when it is all zeros (a fiscal year, a line). #}
{% macro sap_ecc_number_or_none(column) -%}
    nullif({{ whole_number('trim(' ~ column ~ ')', 'integer') }}, 0)
{%- endmacro %}


{# An amount by its side: S (Soll) is debit > 0, H (Haben) credit < 0; null for any other mark. #}
{% macro sap_ecc_signed(amount_column, side_column) -%}
    case {{ side_column }} when 'S' then {{ amount(amount_column) }} when 'H' then -{{ amount(amount_column) }} end
{%- endmacro %}


{# ISO 639 of SAP's one letter for a language; other languages keep their letter. #}
{% macro sap_ecc_language(column) -%}
    case trim({{ column }})
        when 'E' then 'EN' when 'D' then 'DE' when 'F' then 'FR'
        when 'S' then 'ES' when 'I' then 'IT' when 'J' then 'JA'
        else {{ text(column) }}
    end
{%- endmacro %}


{#
    The amount a stored one stands for. All amounts are stored with two decimals: 1234.56 yen (which have none) are
    123456 yen, 123.45 dinar of Bahrain (which have three) are 12.345. Currencies that TCURX does not name have two.
#}
{% macro sap_ecc_amount(stored, decimals) -%}
    cast(
        {{ stored }} * case coalesce({{ decimals }}, 2)
            when 0 then 100 when 1 then 10 when 2 then 1 when 3 then 0.1 when 4 then 0.01
        end as {{ type_amount() }}
    )
{%- endmacro %}


{# The leading ledger, which the items of BSEG belong to. #}
{% macro sap_ecc_ledger() -%}
    '0L'
{%- endmacro %}


{# When a document was keyed: day and time of the application server, whose zone the tables do not tell. #}
{% macro sap_ecc_entry_timestamp(day_column, time_column) -%}
    cast({{ sap_ecc_date(day_column) }} as timestamp)
    + coalesce(
        to_hours(try_cast(substr({{ time_column }}, 1, 2) as bigint))
        + to_minutes(try_cast(substr({{ time_column }}, 3, 2) as bigint))
        + to_seconds(try_cast(substr({{ time_column }}, 5, 2) as bigint)),
        interval 0 second
    )
{%- endmacro %}
