-- Grain: one row per line of the chart file, totals included, with the reason to reject it if there is one.
with

source as (
    {{ current_rows(source('landed_trial_balance_files', 'accounts'), ['file_name', 'line_number']) }}
),

account_types as (
    select * from {{ ref('stg_trial_balance_files__account_types') }}
),

with_class as (
    select
        source.*,
        account_types.account_class,
        {{ row_as_json('source') }} as payload
    from source
    left join account_types
        on
            source.source_instance = account_types.source_instance
            and trim(source.type) = account_types.account_type
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['file_name', 'line_number']) }} as source_key,
        {{ text('account') }} as account_key,
        {{ text('parent') }} as parent_account_key,
        -- What people call the account, where the file has a technical key beside it.
        {{ normalise_code("coalesce(nullif(code, ''), account)") }} as source_account_id,
        {{ text('name') }} as account_name,
        {{ text('type') }} as account_type,
        account_class,
        {{ text('operator') }} as operator,
        {{ line_rejection_reason([
            required('account'),
            required('name'),
            rejected_when("type <> '' and account_class is null",
                "'type is not among account_types of the company file: ' || type"),
            rejected_when("coalesce(operator, '') not in ('', '+', '-', '~')", "'operator is not +, - or ~: ' || operator"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from with_class
)

select * from final
