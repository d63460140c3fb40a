-- Grain: one row per rejected row of the system, with its reason and its payload as landed; what was dropped twice is here
-- as a duplicate.
with

final as (
    {{ rejected_rows({
        'runs': ref('base_datev__runs'),
        'lines': ref('base_datev__lines'),
    }) }}
)

select * from final
