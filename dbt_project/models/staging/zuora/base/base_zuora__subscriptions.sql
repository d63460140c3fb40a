-- Grain: one row per version of a subscription, with the reason to reject it if there is one.
-- Versions have ids of their own; what a subscription is called stays the same.
with

landed as (
    {{ zuora_rows('subscriptions') }}
),

source as (
    {{ current_rows('landed', ['Id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['Id']) }} as source_key,
        {{ text('Id') }} as source_subscription_version_id,
        {{ text('Name') }} as source_subscription_id,
        {{ whole_number('Version') }} as version_number,
        {{ text('AccountId') }} as source_customer_id,
        {{ normalise_code('ContractNumber__c') }} as contract_number,
        replace({{ zuora_word('Status') }}, '_', '') as subscription_status,
        coalesce({{ iso_date('SubscriptionStartDate') }}, {{ iso_date('ContractEffectiveDate') }}) as start_date,
        {{ iso_date('SubscriptionEndDate') }} as end_date,
        {{ iso_date('CancelledDate') }} as cancelled_date,
        {{ iso_timestamp('CreatedDate') }} as created_at,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('Name'),
            required('Version', whole_number('Version')),
            required('AccountId'),
            rejected_when("replace(coalesce(" ~ zuora_word('Status') ~ ", ''), '_', '') not in ('draft', 'pendingactivation', 'pendingacceptance', 'active', 'suspended', 'cancelled', 'expired')", "'Status is unknown: ' || coalesce(Status, '')"),
            rejected_when('coalesce(' ~ iso_date('SubscriptionStartDate') ~ ', ' ~ iso_date('ContractEffectiveDate') ~ ') is null', "'SubscriptionStartDate and ContractEffectiveDate are missing or do not cast'"),
            castable('SubscriptionEndDate', iso_date('SubscriptionEndDate')),
            castable('CancelledDate', iso_date('CancelledDate')),
            required('CreatedDate', iso_timestamp('CreatedDate')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
