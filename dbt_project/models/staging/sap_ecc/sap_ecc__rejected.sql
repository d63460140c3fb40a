-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'billing_document_items': ref('base_sap_ecc__billing_document_items'),
        'billing_documents': ref('base_sap_ecc__billing_documents'),
        'company_codes': ref('base_sap_ecc__company_codes'),
        'cost_centre_texts': ref('base_sap_ecc__cost_centre_texts'),
        'cost_centres': ref('base_sap_ecc__cost_centres'),
        'currency_decimals': ref('base_sap_ecc__currency_decimals'),
        'customers': ref('base_sap_ecc__customers'),
        'document_items': ref('base_sap_ecc__document_items'),
        'documents': ref('base_sap_ecc__documents'),
        'exchange_rates': ref('base_sap_ecc__exchange_rates'),
        'gl_account_texts': ref('base_sap_ecc__gl_account_texts'),
        'gl_accounts': ref('base_sap_ecc__gl_accounts'),
        'item_counts': ref('base_sap_ecc__item_counts'),
        'ledger_totals': ref('base_sap_ecc__ledger_totals'),
        'material_texts': ref('base_sap_ecc__material_texts'),
        'materials': ref('base_sap_ecc__materials'),
        'rate_factors': ref('base_sap_ecc__rate_factors'),
        'suppliers': ref('base_sap_ecc__suppliers'),
    }) }}
)

select * from final
