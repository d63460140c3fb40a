-- Grain: one row per transaction and transaction that it is settled with. What was undone is settled once more with the
-- other sign, and so is nothing. A settlement without another transaction (a write-off) leaves no pair.
with

sides as (
    select
        *,
        'AR' as subledger
    from {{ ref('stg_d365_finance__customer_settlements') }}
    union all
    select
        *,
        'AP' as subledger
    from {{ ref('stg_d365_finance__vendor_settlements') }}
),

final as (
    select
        subledger,
        transaction_record_id,
        offset_record_id,
        cast(sum(amount_settled) as {{ type_amount() }}) as amount_settled,
        max(settled_date) as settled_date,
        max_by(settlement_voucher, row(settled_date, settlement_record_id)) as settlement_voucher,
        source_instance
    from sides
    where offset_record_id <> 0
    group by source_instance, subledger, transaction_record_id, offset_record_id
    having sum(amount_settled) <> 0
)

select * from final
