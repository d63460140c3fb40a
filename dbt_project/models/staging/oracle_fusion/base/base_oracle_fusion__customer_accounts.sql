-- Grain: one row per customer account.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'customer_accounts'), ['CustAccountId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['CustAccountId']) }} as source_key,
        {{ text('CustAccountId') }} as customer_account_id,
        {{ normalise_code('AccountNumber') }} as customer_number,
        {{ text('AccountName') }} as account_name,
        {{ text('PartyId') }} as party_id,
        {{ text('Status') }} as status_code,
        {{ rejection_reason([
            required('CustAccountId'),
            required('AccountNumber'),
            required('PartyId'),
            required('Status'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
