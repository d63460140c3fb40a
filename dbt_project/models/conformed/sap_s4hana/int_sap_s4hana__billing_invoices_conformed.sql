-- Grain: one row per billing document. Invoices and debit memos are positive; credit memos and the cancellations of
-- invoices negative, whatever sign SAP states. Both sides of a cancellation have status cancelled and sum to 0.
{{ sap_billing_invoices(ref('stg_sap_s4hana__billing_documents'), ref('stg_sap_s4hana__subledger_items')) }}
