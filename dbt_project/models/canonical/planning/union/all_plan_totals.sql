-- Grain: one row per scenario, version, entity, month, currency and instance, as the systems sum it.
{{ all_systems([
    ref('int_anaplan__plan_totals_conformed'),
]) }}
