-- Grain: one row per amendment, with the reason to reject it if there is one.
with

landed as (
    {{ zuora_rows('amendments') }}
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
        {{ text('Id') }} as source_amendment_id,
        {{ text('SubscriptionId') }} as source_subscription_version_id,
        {{ text('Type') }} as amendment_type,
        {{ zuora_word('Status') }} as amendment_status,
        {{ iso_date('ContractEffectiveDate') }} as contract_effective_date,
        {{ iso_timestamp('CreatedDate') }} as created_at,
        {{ zuora_is_deleted() }} as is_deleted,
        {{ rejection_reason([
            required('Id'),
            required('Type'),
            required('SubscriptionId'),
            castable('ContractEffectiveDate', iso_date('ContractEffectiveDate')),
            required('CreatedDate', iso_timestamp('CreatedDate')),
            castable('Deleted', boolean('Deleted')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
