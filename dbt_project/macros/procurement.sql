{#
    What is compared of a purchase order line: the quantity, or the amount where the line is ordered by amount.
#}
{% macro compared_quantity(side, of='_') -%}
    coalesce({{ side ~ of }}quantity, {{ side ~ of }}amount)
{%- endmacro %}


{# The side that is behind may still follow: SQL over the two items of a line that was received and invoiced. #}
{% macro is_half_done(receipts, invoices) -%}
    {{ receipts }}.amount <> {{ invoices }}.amount
    and (
        (
            {{ compared_quantity(receipts, '.') }} > {{ compared_quantity(invoices, '.') }}
            and {{ as_of_date() }} <= {{ receipts }}.partner_due_date
        )
        or (
            {{ compared_quantity(receipts, '.') }} < {{ compared_quantity(invoices, '.') }}
            and {{ as_of_date() }} <= {{ invoices }}.partner_due_date
        )
    )
{%- endmacro %}
