-- Grain: one row per natural account of a chart that was posted to. A combination says what kind its account is; a value
-- of the account segment alone does not.
with

accounts as (
    select
        source_instance,
        chart_code,
        account_number,
        min(account_type) as account_type,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from {{ ref('int_oracle_fusion__code_combinations') }}
    group by source_instance, chart_code, account_number
),

charts as (
    select * from {{ ref('int_oracle_fusion__charts') }}
),

value_set_values as (
    select * from {{ ref('stg_oracle_fusion__value_set_values') }}
),

final as (
    select
        accounts.chart_code,
        accounts.account_number as source_account_id,
        value_set_values.value_name as account_name,
        accounts.account_type in ('A', 'L', 'O') as is_balance_sheet,
        accounts.account_type as source_account_type,
        accounts.source_instance,
        accounts.load_id,
        accounts.recorded_at
    from accounts
    inner join charts
        on
            accounts.source_instance = charts.source_instance
            and accounts.chart_code = charts.chart_code
    left join value_set_values
        on
            charts.source_instance = value_set_values.source_instance
            and charts.account_value_set = value_set_values.value_set_code
            and accounts.account_number = value_set_values.value_code
)

select * from final
