-- Grain: one row per combination that is posted to: what its segments mean. Summary combinations hold no posting.
with

code_combinations as (
    select * from {{ ref('stg_oracle_fusion__code_combinations') }}
    where not is_summary and template_id is null
),

charts as (
    select * from {{ ref('int_oracle_fusion__charts') }}
),

final as (
    select
        code_combinations.code_combination_id,
        charts.chart_code,
        {{ fusion_segment_value('charts.company_segment') }} as company_code,
        {{ fusion_segment_value('charts.account_segment') }} as account_number,
        {{ fusion_segment_value('charts.cost_centre_segment') }} as cost_centre_code,
        {{ fusion_segment_value('charts.profit_centre_segment') }} as profit_centre_code,
        {{ fusion_segment_value('charts.intercompany_segment') }} as partner_company_code,
        code_combinations.account_type,
        code_combinations.source_instance,
        code_combinations.load_id,
        code_combinations.recorded_at
    from code_combinations
    inner join charts
        on
            code_combinations.source_instance = charts.source_instance
            and code_combinations.chart_of_accounts_id = charts.chart_of_accounts_id
)

select * from final
