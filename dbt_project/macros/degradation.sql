{# Degradation contracts: who uses a source, how old it may be for them, and what is done beyond that. #}

{#
    True for a consumer (or its layer) that says what there is and what is wrong with it. It is published every night,
    whatever is down: figures that are held are traced and worked with it.
#}
{% macro is_evidence(consumer) -%}
    ({{ consumer }} like 'canonical%' or {{ consumer }} in ('reconciliation', 'marts_control'))
{%- endmacro %}


{# The relation `contracts` says something about a row of `sources`: in any phase, and an action that it can take. #}
{% macro contract_concerns(contracts, sources) -%}
    {{ contracts }}.consumer in ({{ sources }}.consumer, {{ sources }}.layer, '*')
    and {{ contracts }}.source in (
        {{ sources }}.source_instance, {{ sources }}.system, {{ sources }}.source_kind, '*'
    )
    and case {{ contracts }}.action
        when 'last_good' then true
        when 'hold' then not {{ is_evidence(sources ~ '.consumer') }}
        -- Only an ERP keeps the books of entities, and only a table by entity can do without some of them.
        when 'without' then {{ sources }}.is_by_entity and {{ sources }}.source_kind = 'erp'
    end
{%- endmacro %}
