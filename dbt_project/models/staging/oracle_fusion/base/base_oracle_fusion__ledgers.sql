-- Grain: one row per ledger or ledger set.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'ledgers'), ['LedgerLedgerId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['LedgerLedgerId']) }} as source_key,
        {{ text('LedgerLedgerId') }} as ledger_id,
        {{ text('LedgerName') }} as ledger_name,
        {{ text('LedgerShortName') }} as ledger_short_name,
        {{ text('LedgerLedgerCategoryCode') }} as ledger_category,
        {{ text('LedgerObjectTypeCode') }} as object_type,
        {{ text('LedgerChartOfAccountsId') }} as chart_of_accounts_id,
        {{ normalise_code('LedgerCurrencyCode') }} as currency_code,
        {{ text('LedgerPeriodSetName') }} as calendar_name,
        {{ fusion_segment('LedgerBalSegColumnName') }} as company_segment,
        {{ text('LedgerBalSegValueSetId') }} as company_value_set_id,
        {{ rejection_reason([
            required('LedgerLedgerId'),
            required('LedgerName'),
            required('LedgerLedgerCategoryCode'),
            required('LedgerObjectTypeCode'),
            required('LedgerChartOfAccountsId'),
            castable('LedgerBalSegColumnName', fusion_segment('LedgerBalSegColumnName')),
            rejected_when(
                "LedgerObjectTypeCode = 'L' and (coalesce(LedgerCurrencyCode, '') = '' or "
                ~ fusion_segment('LedgerBalSegColumnName') ~ ' is null)',
                "'a ledger has no currency or no balancing segment'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
