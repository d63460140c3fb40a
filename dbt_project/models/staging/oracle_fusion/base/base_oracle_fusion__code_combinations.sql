-- Grain: one row per combination of segment values.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'code_combinations'), ['CodeCombinationCodeCombinationId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CodeCombinationCodeCombinationId']) }} as source_key,
        {{ text('CodeCombinationCodeCombinationId') }} as code_combination_id,
        {{ text('CodeCombinationChartOfAccountsId') }} as chart_of_accounts_id,
        {{ fusion_flag('CodeCombinationSummaryFlag') }} as is_summary,
        {{ text('CodeCombinationAccountType') }} as account_type,
        {{ text('CodeCombinationTemplateId') }} as template_id,
        {{ normalise_code('CodeCombinationSegment1') }} as segment_1,
        {{ normalise_code('CodeCombinationSegment2') }} as segment_2,
        {{ normalise_code('CodeCombinationSegment3') }} as segment_3,
        {{ normalise_code('CodeCombinationSegment4') }} as segment_4,
        {{ normalise_code('CodeCombinationSegment5') }} as segment_5,
        {{ normalise_code('CodeCombinationSegment6') }} as segment_6,
        {{ normalise_code('CodeCombinationSegment7') }} as segment_7,
        {{ normalise_code('CodeCombinationSegment8') }} as segment_8,
        {{ normalise_code('CodeCombinationSegment9') }} as segment_9,
        {{ normalise_code('CodeCombinationSegment10') }} as segment_10,
        {{ rejection_reason([
            required('CodeCombinationCodeCombinationId'),
            required('CodeCombinationChartOfAccountsId'),
            required('CodeCombinationSummaryFlag', fusion_flag('CodeCombinationSummaryFlag')),
            required('CodeCombinationAccountType'),
            rejected_when(
                "CodeCombinationAccountType not in ('A', 'L', 'O', 'R', 'E')",
                "'CodeCombinationAccountType is unknown: ' || CodeCombinationAccountType"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
