-- Grain: one row per forecast item and instance, as the systems know it.
{{ all_systems([
    ref('int_salesforce__crm_forecast_items_conformed'),
]) }}
