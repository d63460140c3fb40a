-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'account_territories': ref('base_salesforce__account_territories'),
        'accounts': ref('base_salesforce__accounts'),
        'contracts': ref('base_salesforce__contracts'),
        'opportunities': ref('base_salesforce__opportunities'),
        'opportunity_field_history': ref('base_salesforce__opportunity_field_history'),
        'opportunity_lines': ref('base_salesforce__opportunity_lines'),
        'opportunity_stages': ref('base_salesforce__opportunity_stages'),
        'order_items': ref('base_salesforce__order_items'),
        'orders': ref('base_salesforce__orders'),
        'products': ref('base_salesforce__products'),
        'record_types': ref('base_salesforce__record_types'),
        'territories': ref('base_salesforce__territories'),
        'users': ref('base_salesforce__users'),
    }) }}
)

select * from final
