-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'billing_document_items': ref('base_sap_s4hana__billing_document_items'),
        'billing_documents': ref('base_sap_s4hana__billing_documents'),
        'business_partner_addresses': ref('base_sap_s4hana__business_partner_addresses'),
        'business_partner_tax_numbers': ref('base_sap_s4hana__business_partner_tax_numbers'),
        'business_partners': ref('base_sap_s4hana__business_partners'),
        'company_codes': ref('base_sap_s4hana__company_codes'),
        'control_totals': ref('base_sap_s4hana__control_totals'),
        'cost_center_texts': ref('base_sap_s4hana__cost_centre_texts'),
        'cost_centers': ref('base_sap_s4hana__cost_centres'),
        'customer_companies': ref('base_sap_s4hana__customer_companies'),
        'customers': ref('base_sap_s4hana__customers'),
        'gl_account_texts': ref('base_sap_s4hana__gl_account_texts'),
        'gl_accounts': ref('base_sap_s4hana__gl_accounts'),
        'journal_lines': ref('base_sap_s4hana__journal_lines'),
        'material_document_items': ref('base_sap_s4hana__material_document_items'),
        'material_documents': ref('base_sap_s4hana__material_documents'),
        'product_descriptions': ref('base_sap_s4hana__product_descriptions'),
        'products': ref('base_sap_s4hana__products'),
        'profit_centers': ref('base_sap_s4hana__profit_centres'),
        'purchase_order_items': ref('base_sap_s4hana__purchase_order_items'),
        'purchase_order_schedule_lines': ref('base_sap_s4hana__purchase_order_schedule_lines'),
        'purchase_orders': ref('base_sap_s4hana__purchase_orders'),
        'sales_order_items': ref('base_sap_s4hana__sales_order_items'),
        'sales_orders': ref('base_sap_s4hana__sales_orders'),
        'subledger_items': ref('base_sap_s4hana__subledger_items'),
        'supplier_companies': ref('base_sap_s4hana__supplier_companies'),
        'supplier_invoice_items': ref('base_sap_s4hana__supplier_invoice_items'),
        'supplier_invoices': ref('base_sap_s4hana__supplier_invoices'),
        'suppliers': ref('base_sap_s4hana__suppliers'),
    }) }}
)

select * from final
