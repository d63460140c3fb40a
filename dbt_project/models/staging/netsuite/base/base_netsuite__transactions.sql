-- Grain: one row per transaction, current version.
-- A deleted transaction stays here: it is gone from the source, and only deleted_records tells. status is one letter
-- whose meaning depends on the type.
with

source as (
    {{ current_rows(source('landed_netsuite', 'transactions'), ['id']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['id']) }} as source_key,
        {{ text('id') }} as transaction_id,
        {{ normalise_code('tranid') }} as transaction_reference,
        {{ text('type') }} as transaction_type,
        {{ normalise_code('status') }} as status_code,
        {{ netsuite_flag('posting') }} as is_posting,
        coalesce({{ netsuite_flag('voided') }}, false) as is_voided,
        {{ iso_date('trandate') }} as transaction_date,
        {{ iso_date('duedate') }} as due_date,
        {{ iso_date('closedate') }} as close_date,
        {{ text('postingperiod') }} as accounting_period_id,
        {{ text('currency') }} as currency_id,
        {{ text('entity') }} as counterparty_id,
        {{ normalise_code('otherrefnum') }} as other_reference,
        {{ text('memo') }} as memo,
        coalesce({{ netsuite_flag('isreversal') }}, false) as is_reversal,
        {{ text('reversal') }} as reversed_by_transaction_id,
        {{ netsuite_timestamp('createddate') }} as created_at,
        {{ netsuite_timestamp('lastmodifieddate') }} as modified_at,
        {{ rejection_reason([
            required('id'),
            required('type'),
            required('posting', netsuite_flag('posting')),
            castable('voided', netsuite_flag('voided')),
            required('trandate', iso_date('trandate')),
            castable('duedate', iso_date('duedate')),
            castable('closedate', iso_date('closedate')),
            required('currency'),
            castable('isreversal', netsuite_flag('isreversal')),
            required('createddate', netsuite_timestamp('createddate')),
            required('lastmodifieddate', netsuite_timestamp('lastmodifieddate')),
            rejected_when(
                "posting = 'T' and coalesce(postingperiod, '') = ''", "'a posting transaction has no period'"
            ),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
