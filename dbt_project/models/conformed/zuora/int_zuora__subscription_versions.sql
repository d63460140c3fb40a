-- Grain: one row per version of a subscription that was not deleted, with what its account says of it.
-- is_current_version is the one of the highest number: what is in force. All the others are history, and repeat it.
with

versions as (
    select * from {{ ref('stg_zuora__subscriptions') }}
    where not is_deleted
),

accounts as (
    select * from {{ ref('stg_zuora__accounts') }}
),

final as (
    select
        versions.source_subscription_version_id,
        versions.source_subscription_id,
        versions.version_number,
        versions.version_number = max(versions.version_number) over (
            partition by versions.source_instance, versions.source_subscription_id
        ) as is_current_version,
        versions.source_customer_id,
        accounts.source_entity_id,
        accounts.currency_code as transaction_currency,
        versions.contract_number,
        versions.subscription_status,
        versions.start_date,
        -- The first day without service, of a subscription that was cancelled or not renewed.
        case
            when versions.subscription_status in ('cancelled', 'expired') or versions.cancelled_date is not null
                then coalesce(versions.cancelled_date, versions.end_date)
        end as end_date,
        versions.created_at,
        versions.source_instance,
        versions.load_id,
        versions.recorded_at
    from versions
    left join accounts
        on
            versions.source_instance = accounts.source_instance
            and versions.source_customer_id = accounts.source_customer_id
)

select * from final
