-- Grain: one row per application to a receivable.
-- An application that was taken back has a reversal beside it, and is no longer displayed.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'receivable_applications'), [
        'ArReceivableApplicationReceivableApplicationId'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['ArReceivableApplicationReceivableApplicationId']) }} as source_key,
        {{ text('ArReceivableApplicationReceivableApplicationId') }} as application_id,
        {{ text('ArReceivableApplicationPaymentScheduleId') }} as schedule_id,
        {{ text('ArReceivableApplicationAppliedPaymentScheduleId') }} as applied_schedule_id,
        {{ amount('ArReceivableApplicationAmountApplied') }} as amount_applied,
        {{ fusion_date('ArReceivableApplicationGlDate') }} as applied_date,
        {{ fusion_date('ArReceivableApplicationReversalGlDate') }} as reversed_date,
        {{ text('ArReceivableApplicationStatus') }} as application_status,
        {{ fusion_flag('ArReceivableApplicationDisplay') }} as is_displayed,
        {{ rejection_reason([
            required('ArReceivableApplicationReceivableApplicationId'),
            required('ArReceivableApplicationAmountApplied', amount('ArReceivableApplicationAmountApplied')),
            required('ArReceivableApplicationGlDate', fusion_date('ArReceivableApplicationGlDate')),
            castable('ArReceivableApplicationReversalGlDate', fusion_date('ArReceivableApplicationReversalGlDate')),
            required('ArReceivableApplicationStatus'),
            castable('ArReceivableApplicationDisplay', fusion_flag('ArReceivableApplicationDisplay')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
