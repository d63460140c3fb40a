-- Grain: one row per exception, which is a type and the natural key of what is wrong: found again tomorrow it has the
-- same exception_id. amount_at_risk_group is without sign, at the rate of its month; without a rate it is null and the
-- description says so.
with

findings as (select * from {{ ref('exception_findings') }}),

exception_types as (select * from {{ ref('exception_types') }}),

exception_owners as (select * from {{ ref('dim_exception_owners') }}),

closing_rates as (
    select * from {{ ref('fx_rates') }}
    where rate_type = 'closing' and to_currency = '{{ var("group_currency") }}'
),

group_currency as (
    select * from {{ ref('dim_currencies') }}
    where currency_code = '{{ var("group_currency") }}'
),

valued as (
    select
        findings.*,
        case
            when findings.amount_transaction = 0 then cast(0 as {{ type_amount() }})
            else {{ converted_amount(
                'abs(findings.amount_transaction)', 'closing_rates.rate', 'group_currency.minor_units'
            ) }}
        end as amount_group
    from findings
    cross join group_currency
    left join closing_rates
        on
            findings.transaction_currency = closing_rates.from_currency
            and {{ is_valid_on('findings.period_month', 'closing_rates') }}
),

-- An exception of several entities belongs to the owner for all of them; money of several currencies has no sum but the
-- one in group currency.
exceptions as (
    select
        exception_type,
        natural_key,
        case when count(distinct entity_code) = 1 and count(entity_code) = count(*) then min(entity_code) end
            as entity_code,
        min(period_month) as period_month,
        case when count(distinct transaction_currency) = 1 then sum(amount_transaction) end as amount_transaction,
        case when count(distinct transaction_currency) = 1 then min(transaction_currency) end as transaction_currency,
        case when count(amount_transaction) = count(amount_group) then sum(amount_group) end as amount_at_risk_group,
        count(amount_transaction) > count(amount_group) as is_rate_missing,
        min(subject) as subject,
        min(reconciliation_name) as reconciliation_name,
        min(source_instance) as source_instance,
        max(load_id) as load_id
    from valued
    group by exception_type, natural_key
),

ranked_owners as (
    select
        exceptions.exception_type,
        exceptions.natural_key,
        exception_owners.owner,
        row_number() over (
            partition by exceptions.exception_type, exceptions.natural_key
            order by
                case when exception_owners.exception_type = '*' then 2 else 1 end,
                case when exception_owners.entity_code = '*' then 2 else 1 end
        ) as owner_rank
    from exceptions
    inner join exception_owners
        on
            (exceptions.exception_type = exception_owners.exception_type or exception_owners.exception_type = '*')
            and (exceptions.entity_code = exception_owners.entity_code or exception_owners.entity_code = '*')
),

final as (
    select
        {{ surrogate_key(['exceptions.exception_type', 'exceptions.natural_key']) }} as exception_id,
        exceptions.exception_type,
        exceptions.natural_key,
        exceptions.entity_code,
        exceptions.period_month,
        exceptions.amount_transaction,
        exceptions.transaction_currency,
        exceptions.amount_at_risk_group,
        cast('{{ var("group_currency") }}' as varchar) as group_currency,
        case
            when exceptions.amount_at_risk_group >= exception_types.escalation_amount_group
                then exception_types.escalated_severity
            else exception_types.severity
        end as severity,
        ranked_owners.owner,
        concat_ws(
            '',
            exception_types.title,
            ': ',
            exceptions.subject,
            case when exceptions.is_rate_missing then ' (no rate: not valued in {{ var("group_currency") }})' end
        ) as description,
        exceptions.reconciliation_name,
        exceptions.source_instance,
        exceptions.load_id
    from exceptions
    left join exception_types on exceptions.exception_type = exception_types.exception_type
    left join ranked_owners
        on
            exceptions.exception_type = ranked_owners.exception_type
            and exceptions.natural_key = ranked_owners.natural_key
            and ranked_owners.owner_rank = 1
)

select * from final
