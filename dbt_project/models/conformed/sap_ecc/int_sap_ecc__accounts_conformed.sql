-- Grain: one row per G/L account of a chart. The name is English where SAP has it, else of the first language it has.
with

gl_accounts as (
    select * from {{ ref('stg_sap_ecc__gl_accounts') }}
),

texts as (
    {{ preferred_texts(ref('stg_sap_ecc__gl_account_texts'), ['chart_code', 'source_account_id']) }}
),

final as (
    select
        gl_accounts.chart_code,
        gl_accounts.source_account_id,
        coalesce(texts.account_long_name, texts.account_name) as account_name,
        gl_accounts.is_balance_sheet,
        gl_accounts.gl_account_group as source_account_type,
        gl_accounts.source_instance,
        gl_accounts.load_id,
        gl_accounts.recorded_at
    from gl_accounts
    left join texts
        on
            gl_accounts.source_instance = texts.source_instance
            and gl_accounts.chart_code = texts.chart_code
            and gl_accounts.source_account_id = texts.source_account_id
)

select * from final
