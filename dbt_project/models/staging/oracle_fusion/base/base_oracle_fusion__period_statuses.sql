-- Grain: one row per period of a ledger and application.
-- Adjustment periods share their dates with a normal one: no date tells the two apart.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'period_statuses'), [
        'GlPeriodStatusesLedgerId',
        'GlPeriodStatusesApplicationId',
        'GlPeriodStatusesPeriodName'
    ]) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'GlPeriodStatusesLedgerId',
            'GlPeriodStatusesApplicationId',
            'GlPeriodStatusesPeriodName'
        ]) }} as source_key,
        {{ text('GlPeriodStatusesLedgerId') }} as ledger_id,
        {{ text('GlPeriodStatusesApplicationId') }} as application_id,
        {{ text('GlPeriodStatusesPeriodName') }} as period_name,
        {{ whole_number('GlPeriodStatusesPeriodYear', 'integer') }} as period_year,
        {{ whole_number('GlPeriodStatusesPeriodNum', 'integer') }} as period_number,
        {{ fusion_date('GlPeriodStatusesStartDate') }} as start_date,
        {{ fusion_date('GlPeriodStatusesEndDate') }} as end_date,
        {{ fusion_date('GlPeriodStatusesYearStartDate') }} as year_start_date,
        {{ fusion_flag('GlPeriodStatusesAdjustmentPeriodFlag') }} as is_adjustment,
        {{ text('GlPeriodStatusesClosingStatus') }} as status_code,
        {{ rejection_reason([
            required('GlPeriodStatusesLedgerId'),
            required('GlPeriodStatusesApplicationId'),
            required('GlPeriodStatusesPeriodName'),
            required('GlPeriodStatusesPeriodYear', whole_number('GlPeriodStatusesPeriodYear', 'integer')),
            required('GlPeriodStatusesPeriodNum', whole_number('GlPeriodStatusesPeriodNum', 'integer')),
            required('GlPeriodStatusesStartDate', fusion_date('GlPeriodStatusesStartDate')),
            required('GlPeriodStatusesEndDate', fusion_date('GlPeriodStatusesEndDate')),
            required('GlPeriodStatusesYearStartDate', fusion_date('GlPeriodStatusesYearStartDate')),
            required('GlPeriodStatusesAdjustmentPeriodFlag', fusion_flag('GlPeriodStatusesAdjustmentPeriodFlag')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
