-- Grain: one row per line of a credit memo.
{{ fusion_receivables_lines(source('landed_oracle_fusion', 'receivables_credit_memo_lines')) }}
