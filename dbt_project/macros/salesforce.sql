{#
    The 18-character form of a Salesforce id, or null when the text is no id. The 15-character form is case-sensitive;
    the last three characters of the long form say which of the first fifteen are capitals (one character for each
    block of five, its bits counted from the left, 0-31 written A-Z0-5).
#}
{% macro salesforce_id(column) -%}
    case length({{ column }})
        when 18 then {{ column }}
        when 15
            then {{ column }}
            {%- for block_start in [1, 6, 11] %}
            || substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1
                {%- for position in range(5) %}
                + case when substr({{ column }}, {{ block_start + position }}, 1) between 'A' and 'Z'
                    then {{ 2 ** position }} else 0 end
                {%- endfor %}, 1)
            {%- endfor %}
    end
{%- endmacro %}


{# A percentage as a fraction of one: 62.5 is 0.625000. #}
{% macro fraction_of_percent(column) -%}
    try_cast({{ amount(column) }} * 0.01 as decimal(9, 6))
{%- endmacro %}


{#
    The currency of a record. An organisation with several names it on every record; one with a single currency has no
    such field, and its own currency (null where there are several, so that nothing is ever assumed) is the record's.
    The model joins organization_currencies() on the instance.
#}
{% macro record_currency() -%}
    coalesce({{ normalise_code('CurrencyIsoCode') }}, organization_currency)
{%- endmacro %}

{# The only currency of each organisation that has one; its columns can stand beside those of any landed table. #}
{% macro organization_currencies() -%}
    select
        source_instance as organization_instance,
        organization_currency
    from {{ ref('stg_salesforce__organizations') }}
{%- endmacro %}
