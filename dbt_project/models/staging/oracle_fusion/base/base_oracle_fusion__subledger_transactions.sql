-- Grain: one row per transaction of a subledger.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'subledger_transactions'), ['TransactionEntityId']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['TransactionEntityId']) }} as source_key,
        {{ text('TransactionEntityId') }} as transaction_entity_id,
        {{ text('TransactionApplicationId') }} as application_id,
        {{ text('TransactionEntityCode') }} as entity_code,
        {{ text('TransactionSourceIdInt1') }} as source_id,
        {{ normalise_code('TransactionTransactionNumber') }} as transaction_number,
        {{ rejection_reason([
            required('TransactionEntityId'),
            required('TransactionApplicationId'),
            required('TransactionEntityCode'),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
