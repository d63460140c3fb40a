-- Grain: one row per account of a chart and instance, with the group account it maps to on the as-of date.
with

account_slices as (
    select * from {{ ref('dim_account_slices') }}
),

final as (
    select
        account_id,
        source_instance,
        chart_code,
        source_account_id,
        account_name,
        group_account_code,
        group_account_name,
        account_class,
        statement,
        statement_line,
        statement_line_order,
        normal_balance,
        translation_method,
        is_intercompany,
        elimination_group,
        control_account,
        is_balance_sheet,
        is_mapped,
        is_known,
        load_id,
        recorded_at
    from account_slices
    where {{ is_valid_on(as_of_date(), 'account_slices') }}
)

select * from final
