{#
    A checkpoint is a data test that keeps what it counted, whether it holds or not: a row per instance and
    currency, in a table of the schema `checkpoints` that is called like the test. The platform reads them after the step
    (control.checkpoints). dbt skips whatever reads a table whose checkpoint is broken.

    What is not built again is not tested again: the table of its checkpoint still says what was counted.
#}
{% macro checkpoint() -%}
    {{ return({
        'store_failures': true,
        'schema': 'checkpoints',
        'fail_calc': 'count(case when is_passed then null else 1 end)',
    }) }}
{%- endmacro %}


{# The columns by which an amount has its currency. #}
{% macro currency_columns() -%}
    {{ return(['transaction_currency', 'local_currency', 'group_currency', 'account_currency', 'currency_code']) }}
{%- endmacro %}
