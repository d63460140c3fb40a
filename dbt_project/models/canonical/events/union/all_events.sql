-- Grain: one row per inbox, instance the event is about, and event id.
{{ all_systems([
    ref('int_events__events_conformed'),
]) }}
