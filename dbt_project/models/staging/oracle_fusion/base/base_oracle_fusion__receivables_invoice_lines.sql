-- Grain: one row per line of an invoice.
{{ fusion_receivables_lines(source('landed_oracle_fusion', 'receivables_invoice_lines')) }}
