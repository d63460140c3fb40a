-- Grain: one row per break of a reconciliation, gap in the mappings, row that could not be used, source that is older
-- than agreed, signed period that has changed, event that the night contradicts, or document that contradicts itself.
-- Several findings can be one exception: two entities on an unmapped account, two currencies of an unmapped stage.
with

reconciliations as (select * from {{ ref('fct_reconciliations') }}),

reconciliation_definitions as (select * from {{ ref('reconciliation_definitions') }}),

mapping_gaps as (select * from {{ ref('fct_mapping_gaps') }}),

rejected_rows as (select * from {{ ref('rejected_row_findings') }}),

source_contracts as (select * from {{ ref('source_contract_findings') }}),

signed_periods as (select * from {{ ref('signed_period_findings') }}),

event_contradictions as (select * from {{ ref('event_contradictions') }}),

document_contradictions as (select * from {{ ref('document_contradictions') }}),

unexplained as (
    select * from mapping_gaps
    union all
    select * from rejected_rows
    union all
    select * from source_contracts
    union all
    select * from signed_periods
    union all
    select * from event_contradictions
    union all
    select * from document_contradictions
),

breaks as (
    select
        reconciliations.exception_type,
        reconciliations.natural_key,
        reconciliations.entity_code,
        reconciliations.period_month,
        case
            when reconciliations.outcome = 'amount_difference' then reconciliations.amount_difference
            when reconciliations.outcome in ('duplicate_right', 'missing_left') then reconciliations.right_amount
            when reconciliations.currency_code is not null then reconciliations.left_amount
        end as amount_transaction,
        reconciliations.currency_code as transaction_currency,
        concat_ws(
            ', ',
            case
                when reconciliations.left_key is not null
                    then concat_ws(
                        ' ',
                        reconciliation_definitions.left_title,
                        reconciliations.left_key,
                        'of',
                        cast(reconciliations.left_date as varchar),
                        {{ amount_text('reconciliations.left_amount') }},
                        reconciliations.currency_code
                    )
            end,
            case
                when reconciliations.right_key is not null
                    then concat_ws(
                        ' ',
                        reconciliation_definitions.right_title,
                        reconciliations.right_key,
                        'of',
                        cast(reconciliations.right_date as varchar),
                        {{ amount_text('reconciliations.right_amount') }},
                        reconciliations.currency_code
                    )
            end
        ) as subject,
        reconciliations.reconciliation_name,
        coalesce(reconciliations.left_instance, reconciliations.right_instance) as source_instance,
        coalesce(reconciliations.left_load_id, reconciliations.right_load_id) as load_id
    from reconciliations
    left join reconciliation_definitions
        on reconciliations.reconciliation_name = reconciliation_definitions.reconciliation_name
    where
        reconciliations.exception_type is not null
        -- Of a currency difference the left half carries the money at risk; the right half is the same problem.
        and (reconciliations.outcome <> 'currency_difference' or reconciliations.left_item_count > 0)
        -- What another row of the same exception tells would count its money again.
        and reconciliations.cause is distinct from 'told_elsewhere'
),

final as (
    select
        exception_type,
        natural_key,
        entity_code,
        period_month,
        amount_transaction,
        transaction_currency,
        subject,
        reconciliation_name,
        source_instance,
        load_id
    from breaks

    union all

    select
        exception_type,
        natural_key,
        entity_code,
        period_month,
        amount_transaction,
        transaction_currency,
        subject,
        cast(null as varchar) as reconciliation_name,
        source_instance,
        load_id
    from unexplained
)

select * from final
