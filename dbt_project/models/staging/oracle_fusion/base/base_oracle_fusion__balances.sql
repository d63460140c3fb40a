-- Grain: one row per balance of a ledger, combination, period, currency and kind.
-- All kinds of balance are here, and most would count the actual one twice: int_oracle_fusion__balances chooses. Debit
-- and credit of the period, both as stated, >= 0 but for corrections.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'balances'), [
        'BalanceLedgerId',
        'BalanceCodeCombinationId',
        'BalancePeriodYear',
        'BalancePeriodNum',
        'BalanceCurrencyCode',
        'BalanceActualFlag',
        'BalanceTranslatedFlag',
        'BalanceBudgetVersionId',
        'BalanceEncumbranceTypeId'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'BalanceLedgerId',
            'BalanceCodeCombinationId',
            'BalancePeriodYear',
            'BalancePeriodNum',
            'BalanceCurrencyCode',
            'BalanceActualFlag',
            'BalanceTranslatedFlag',
            'BalanceBudgetVersionId',
            'BalanceEncumbranceTypeId'
        ]) }} as source_key,
        {{ text('BalanceLedgerId') }} as ledger_id,
        {{ text('BalanceCodeCombinationId') }} as code_combination_id,
        {{ whole_number('BalancePeriodYear', 'integer') }} as period_year,
        {{ whole_number('BalancePeriodNum', 'integer') }} as period_number,
        {{ text('BalancePeriodName') }} as period_name,
        {{ normalise_code('BalanceCurrencyCode') }} as currency_code,
        {{ text('BalanceActualFlag') }} as actual_flag,
        coalesce({{ text('BalanceTranslatedFlag') }}, '') as translated_flag,
        coalesce({{ text('BalanceBudgetVersionId') }}, '') as budget_version_id,
        coalesce({{ text('BalanceEncumbranceTypeId') }}, '') as encumbrance_type_id,
        {{ text('BalanceTemplateId') }} as template_id,
        {{ amount('BalancePeriodNetDr') }} as amount_debit,
        {{ amount('BalancePeriodNetCr') }} as amount_credit,
        {{ rejection_reason([
            required('BalanceLedgerId'),
            required('BalanceCodeCombinationId'),
            required('BalancePeriodYear', whole_number('BalancePeriodYear', 'integer')),
            required('BalancePeriodNum', whole_number('BalancePeriodNum', 'integer')),
            required('BalancePeriodName'),
            required('BalanceCurrencyCode'),
            required('BalanceActualFlag'),
            required('BalancePeriodNetDr', amount('BalancePeriodNetDr')),
            required('BalancePeriodNetCr', amount('BalancePeriodNetCr')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
