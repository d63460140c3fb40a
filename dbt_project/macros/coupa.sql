{#
    What Coupa's notations mean.
#}

{#
    The date of a moment as it is written: dates are midnight in the company's time zone, and in UTC often the day before.
#}
{% macro coupa_date(column) -%}
    case when {{ column }} like '____-__-__%' then {{ iso_date('substr(' ~ column ~ ', 1, 10)') }} end
{%- endmacro %}


{#
    What a receiving transaction counts for: 1 a receipt, -1 a return to the supplier, 0 what was voided or what became
    of goods later; null for a type that is none of them.
#}
{% macro coupa_receipt_sign() -%}
    case
        when lower(status) = 'voided' then 0
        when type like '%ReturnToSupplier' then -1
        when type like '%Disposal' then 0
        when type like 'Receiving%Consumption' or type = 'InventoryReceipt' then 1
    end
{%- endmacro %}


{# A quantity or an amount of a receiving transaction as it counts, whichever sign it comes with. #}
{% macro coupa_received(number) -%}
    {{ coupa_receipt_sign() }} * abs({{ number }})
{%- endmacro %}


{% macro coupa_is_credit_note(document_type) -%}
    coalesce(lower(trim({{ document_type }})) = 'credit note', false)
{%- endmacro %}


{# An amount of a document as what is owed: that of a credit note is below 0, whichever sign it comes with. #}
{% macro coupa_signed(column, document_type) -%}
    case when {{ coupa_is_credit_note(document_type) }} then -abs({{ amount(column) }}) else {{ amount(column) }} end
{%- endmacro %}
