-- Grain: one row per decision in the company's mapping files that two people stand behind: a row as it was approved. Its
-- end may come later and is no part of it. A night remembers them, so that the next one sees whether they still say so.
with

final as (
    {%- for mapping_name in mapping_checks() %}
    select distinct
        '{{ mapping_name }}' as mapping_name,
        {{ natural_key(mapping_keys()[mapping_name] + ['valid_from']) }} as mapping_key,
        {{ decision_text(mapping_name) }} as decision
    from {{ source('mappings', mapping_name) }} as {{ mapping_name }}
    where {{ decision_rejection_reason(mapping_name) }} is null
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
)

select * from final
