{#
    A fact may arrive before its master data. It keeps the code it came with and gets the id that the master record will
    have, so nothing is lost and the join heals by itself once the record is there. `source_id` is a qualified column
    of the fact; its relation also has source_instance.
#}

{# The id of the master record a fact names, whether it is known or not; null when the fact names none. #}
{% macro member_id(source_id, known_id) -%}
    {%- set instance = source_id.split('.')[0] ~ '.source_instance' -%}
    case
        when {{ source_id }} is not null
            then coalesce({{ known_id }}, {{ surrogate_key([instance, source_id]) }})
    end
{%- endmacro %}

{# Whether the master record is there; null when the fact names none. #}
{% macro is_member_known(source_id, known_id) -%}
    case when {{ source_id }} is not null then {{ known_id }} is not null end
{%- endmacro %}

{# The product family of a fact on its date: UNMAPPED for a product that nobody assigned, null without a product. #}
{% macro family_of(source_id, product_family_code) -%}
    case when {{ source_id }} is not null then coalesce({{ product_family_code }}, 'UNMAPPED') end
{%- endmacro %}


{#
    The legal entity of a fact, as entity_id and entity_code: what the crosswalk says on the fact's date. A code that
    neither an ERP nor the company's mapping knows stays as it is written, and the fact visible under it.
#}
{% macro entity_columns(source_id, crosswalk='entity_crosswalk') -%}
    case
            when {{ source_id }} is not null
                then coalesce({{ crosswalk }}.entity_id, {{ surrogate_key([source_id]) }})
        end as entity_id,
        coalesce({{ crosswalk }}.entity_code, {{ source_id }}) as entity_code
{%- endmacro %}
