-- Grain: one row per event: a subscription or an amendment made, a document posted, money moved. Zuora keeps no list of
-- events; what has a moment of its own that never changes is one. A document that was deleted never was posted.
with

versions as (
    select * from {{ ref('int_zuora__subscription_versions') }}
),

amendments as (
    select * from {{ ref('stg_zuora__amendments') }}
    where not is_deleted
),

invoices as (
    select * from {{ ref('int_zuora__invoices') }}
    where posted_at is not null
),

memos as (
    select * from {{ ref('stg_zuora__credit_memos') }}
    where posted_at is not null
),

payments as (
    select * from {{ ref('stg_zuora__payments') }}
    where not is_deleted
),

refunds as (
    select * from {{ ref('stg_zuora__refunds') }}
),

happenings as (
    select
        'subscription_created' as source_event_type,
        'contract' as event_kind,
        'subscription' as object_type,
        source_subscription_id as source_object_id,
        source_customer_id,
        created_at as occurred_at,
        source_instance,
        load_id,
        recorded_at
    from versions
    where version_number = 1
    union all
    select
        'amendment_' || lower(amendments.amendment_type) as source_event_type,
        'contract' as event_kind,
        'amendment' as object_type,
        amendments.source_amendment_id as source_object_id,
        versions.source_customer_id,
        amendments.created_at as occurred_at,
        amendments.source_instance,
        amendments.load_id,
        amendments.recorded_at
    from amendments
    left join versions
        on
            amendments.source_instance = versions.source_instance
            and amendments.source_subscription_version_id = versions.source_subscription_version_id
    union all
    select
        'invoice_posted' as source_event_type,
        'invoice' as event_kind,
        'invoice' as object_type,
        source_invoice_id as source_object_id,
        source_customer_id,
        posted_at as occurred_at,
        source_instance,
        load_id,
        recorded_at
    from invoices
    union all
    select
        'credit_memo_posted' as source_event_type,
        'invoice' as event_kind,
        'credit_memo' as object_type,
        source_credit_note_id as source_object_id,
        source_customer_id,
        posted_at as occurred_at,
        source_instance,
        load_id,
        recorded_at
    from memos
    union all
    select
        'payment_created' as source_event_type,
        'payment' as event_kind,
        'payment' as object_type,
        source_payment_id as source_object_id,
        source_customer_id,
        created_at as occurred_at,
        source_instance,
        load_id,
        recorded_at
    from payments
    union all
    select
        'refund_created' as source_event_type,
        'payment' as event_kind,
        'refund' as object_type,
        source_refund_id as source_object_id,
        source_customer_id,
        created_at as occurred_at,
        source_instance,
        load_id,
        recorded_at
    from refunds
),

final as (
    select
        {{ natural_key(['object_type', 'source_object_id']) }} as source_event_id,
        happenings.*
    from happenings
)

select * from final
