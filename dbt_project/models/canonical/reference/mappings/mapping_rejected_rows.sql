-- Grain: one row per row of a mapping file that is not used, with the reason. One that was withdrawn waits for nobody.
with

final as (
    {#- Adjustments are judged by journal. #}
    {%- for mapping_name in mapping_checks() if mapping_name != 'adjustments' %}
    select
        '{{ mapping_name }}' as mapping_name,
        {{ natural_key(mapping_keys()[mapping_name] + ['valid_from']) }} as mapping_key,
        {{ mapping_rejection_reason(mapping_name) }} as rejection_reason,
        {{ row_as_json(mapping_name) }} as payload
    from {{ source('mappings', mapping_name) }} as {{ mapping_name }}
    where {{ mapping_rejection_reason(mapping_name) }} is not null and not {{ is_withdrawn() }}
    union all
    {%- endfor %}
    select
        'adjustments' as mapping_name,
        {{ natural_key(mapping_keys()['adjustments'] + ['posting_date']) }} as mapping_key,
        rejection_reason,
        payload
    from {{ ref('adjustment_rows') }}
    where rejection_reason is not null
)

select * from final
