-- Grain: one row per rejected row of the system, with its reason and its payload as landed; what the bank sent twice is
-- here as a duplicate.
with

final as (
    {{ rejected_rows({
        'statements': ref('base_mt940__statements'),
        'entries': ref('base_mt940__entries'),
    }) }}
)

select * from final
