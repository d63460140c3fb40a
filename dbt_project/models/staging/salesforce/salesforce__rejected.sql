-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'account_territories': ref('base_salesforce__account_territories'),
        'accounts': ref('base_salesforce__accounts'),
        'contracts': ref('base_salesforce__contracts'),
        'currency_types': ref('base_salesforce__currency_types'),
        'dated_conversion_rates': ref('base_salesforce__dated_conversion_rates'),
        'forecast_periods': ref('base_salesforce__forecast_periods'),
        'forecasting_items': ref('base_salesforce__forecasting_items'),
        'forecasting_quotas': ref('base_salesforce__forecasting_quotas'),
        'forecasting_types': ref('base_salesforce__forecasting_types'),
        'opportunities': ref('base_salesforce__opportunities'),
        'opportunity_field_history': ref('base_salesforce__opportunity_field_history'),
        'opportunity_lines': ref('base_salesforce__opportunity_lines'),
        'opportunity_stages': ref('base_salesforce__opportunity_stages'),
        'order_items': ref('base_salesforce__order_items'),
        'orders': ref('base_salesforce__orders'),
        'organizations': ref('base_salesforce__organizations'),
        'products': ref('base_salesforce__products'),
        'record_types': ref('base_salesforce__record_types'),
        'territories': ref('base_salesforce__territories'),
        'territory_models': ref('base_salesforce__territory_models'),
        'user_territories': ref('base_salesforce__user_territories'),
        'users': ref('base_salesforce__users'),
    }) }}
)

select * from final
