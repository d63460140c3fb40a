-- Grain: one row per instance whose data are older than somebody has agreed to, and per contract of the company that
-- concerns nobody. An outage is one item, whoever waits for its end.
with

degradations as (select * from {{ ref('fct_degradations') }}),

company_contracts as (select * from {{ ref('dim_degradation_contracts') }}),

consumer_sources as (select * from {{ source('control', 'consumer_sources') }}),

overdue_sources as (
    select
        source_instance,
        min(system) as system,
        min(data_as_of_date) as data_as_of_date,
        string_agg(case when action_taken = 'hold' then consumer end, ', ' order by consumer) as held,
        string_agg(case when action_taken = 'without' then consumer end, ', ' order by consumer) as published_without,
        count(case when action_taken = 'last_good' then 1 end) as published_with_it
    from degradations
    where action_taken in ('hold', 'without', 'last_good')
    group by source_instance
),

idle_contracts as (
    select * from company_contracts
    where not exists (
        select 1 from consumer_sources
        where {{ contract_concerns('company_contracts', 'consumer_sources') }}
    )
),

final as (
    select
        'source_too_old' as exception_type,
        source_instance as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            '; ',
            concat_ws(
                ' ',
                source_instance,
                '(' || system || '):',
                coalesce('last accepted load of ' || cast(data_as_of_date as varchar), 'no load was accepted yet')
            ),
            'held: ' || held,
            'published without its entities: ' || published_without,
            case when published_with_it > 0 then 'published on that load: what else reads it' end
        ) as subject,
        source_instance,
        cast(null as varchar) as load_id
    from overdue_sources

    union all

    select
        'mapping_not_used' as exception_type,
        {{ natural_key(["'degradation_contracts'", 'consumer', 'source', 'phase', 'valid_from']) }} as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            ' ', 'degradation_contracts', consumer, source, phase || ': no consumer of that name reads such a source,',
            'or it cannot', action
        ) as subject,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id
    from idle_contracts
)

select * from final
