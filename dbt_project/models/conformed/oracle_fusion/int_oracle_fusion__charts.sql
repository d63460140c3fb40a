-- Grain: one row per chart of accounts. The balancing segment, which is the company, is the ledger's own word; which
-- segments are the account and the cost centre the source does not tell: the company file does.
with

ledgers as (
    select * from {{ ref('stg_oracle_fusion__ledgers') }}
    where object_type = 'L' and ledger_category = 'PRIMARY'
),

chart_settings as (
    select * from {{ ref('stg_oracle_fusion__chart_settings') }}
),

final as (
    select
        ledgers.chart_of_accounts_id,
        ledgers.chart_of_accounts_id as chart_code,
        ledgers.company_segment,
        ledgers.company_value_set_id,
        chart_settings.account_segment,
        chart_settings.account_value_set,
        chart_settings.cost_centre_segment,
        chart_settings.cost_centre_value_set,
        chart_settings.profit_centre_segment,
        chart_settings.intercompany_segment,
        ledgers.source_instance
    from ledgers
    left join chart_settings
        on
            ledgers.source_instance = chart_settings.source_instance
            and ledgers.chart_of_accounts_id = chart_settings.chart_of_accounts_id
    group by all
)

select * from final
