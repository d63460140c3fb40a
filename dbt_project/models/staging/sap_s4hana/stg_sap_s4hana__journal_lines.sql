-- Grain: one row per line of a document in one ledger; accepted rows only.
with

final as (
    {{ accepted_rows(ref('base_sap_s4hana__journal_lines')) }}
)

select * from final
