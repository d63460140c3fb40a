-- Grain: one row per rejected line of the inbox, with its reason and its payload as landed; what was sent twice is here as
-- a duplicate.
with

final as (
    {{ rejected_rows({'events': ref('base_events__events')}) }}
)

select * from final
