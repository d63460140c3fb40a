-- Grain: one row per line of the plan export, with the reason to reject it if there is one.
-- Amounts keep the model's sign (revenue and cost both positive): the sign rule needs the account's class.
with

source as (
    {{ current_rows(source('landed_anaplan', 'plan_lines'), [
        'Version', 'Entity', 'Account', '"Cost Center"', '"Product Family"', 'Time', 'Currency'
    ]) }}
),

versions as (
    select * from {{ ref('stg_anaplan__versions') }}
),

labels as (
    select * from {{ ref('stg_anaplan__list_labels') }}
),

looked_up as (
    select
        source.*,
        {{ row_as_json('source') }} as payload,
        {{ month_label('source.Time') }} as period_start_date,
        versions.version_name,
        versions.scenario_name,
        versions.is_actual,
        coalesce(entities.member_code, {{ text('source.Entity') }}) as entity_code,
        coalesce(accounts.member_code, {{ text('source.Account') }}) as account_code,
        coalesce(cost_centres.member_code, {{ text('source."Cost Center"') }}) as cost_centre_code,
        coalesce(product_families.member_code, {{ text('source."Product Family"') }}) as product_family_code,
        concat_ws(
            ', ',
            case when entities.is_total then source.Entity end,
            case when accounts.is_total then source.Account end,
            case when cost_centres.is_total then source."Cost Center" end,
            case when product_families.is_total then source."Product Family" end
        ) as totals
    from source
    left join versions
        on source.source_instance = versions.source_instance and trim(source.Version) = versions.version_name
    left join labels as entities
        on
            source.source_instance = entities.source_instance
            and entities.list_name = 'Entities'
            and trim(source.Entity) = entities.printed_label
    left join labels as accounts
        on
            source.source_instance = accounts.source_instance
            and accounts.list_name = 'Accounts'
            and trim(source.Account) = accounts.printed_label
    left join labels as cost_centres
        on
            source.source_instance = cost_centres.source_instance
            and cost_centres.list_name = 'Cost Centers'
            and trim(source."Cost Center") = cost_centres.printed_label
    left join labels as product_families
        on
            source.source_instance = product_families.source_instance
            and product_families.list_name = 'Product Families'
            and trim(source."Product Family") = product_families.printed_label
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key([
            'Version', 'Entity', 'Account', '"Cost Center"', '"Product Family"', 'Time', 'Currency'
        ]) }} as source_key,
        scenario_name,
        version_name,
        entity_code as source_entity_id,
        {{ normalise_code('account_code') }} as source_account_id,
        {{ normalise_code('cost_centre_code') }} as source_cost_centre_id,
        {{ normalise_code('product_family_code') }} as product_family_code,
        period_start_date,
        {{ normalise_code('Currency') }} as transaction_currency,
        {{ amount('Amount') }} as amount_source,
        {{ rejection_reason(planned_version_checks() + [
            required('Entity'),
            required('Account'),
            rejected_when('period_start_date is null', "'Time is not a month: ' || coalesce(Time, '')"),
            required('Currency'),
            required('Amount', amount('Amount')),
            rejected_when("totals <> ''", "'a total of other members: ' || totals"),
        ]) }} as rejection_reason,
        {{ evidence('payload') }} as payload
    from looked_up
)

select * from final
