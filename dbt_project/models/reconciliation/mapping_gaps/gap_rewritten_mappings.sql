-- Grain: one row per row of a mapping that was published as two people had approved it, and that is gone or says
-- something else under their names. Like a posting, a decision is ended (valid_to), never changed or erased: periods
-- that are closed were built with it. One that should never have held is withdrawn: it ends on the day it begins.
with

approved_before as (select * from {{ source('control', 'approved_mapping_rows') }}),

approved_rows as (select * from {{ ref('approved_mapping_rows') }}),

rewritten as (
    select
        approved_before.mapping_name,
        approved_before.mapping_key,
        min(approved_before.decision) as decision,
        min(rows_of_the_key.decision) as other_decision
    from approved_before
    left join approved_rows
        on
            approved_before.mapping_name = approved_rows.mapping_name
            and approved_before.mapping_key = approved_rows.mapping_key
            and approved_before.decision = approved_rows.decision
    left join approved_rows as rows_of_the_key
        on
            approved_before.mapping_name = rows_of_the_key.mapping_name
            and approved_before.mapping_key = rows_of_the_key.mapping_key
    where approved_rows.mapping_name is null
    group by approved_before.mapping_name, approved_before.mapping_key
),

final as (
    select
        'mapping_rewritten' as exception_type,
        {{ natural_key(['mapping_name', 'mapping_key']) }} as natural_key,
        cast(null as varchar) as entity_code,
        {{ month_of(as_of_date()) }} as period_month,
        cast(null as {{ type_amount() }}) as amount_transaction,
        cast(null as varchar) as transaction_currency,
        concat_ws(
            ' ', mapping_name, mapping_key, 'was published as:', decision || ';', 'now it',
            coalesce('says: ' || other_decision, 'is not there')
        ) as subject,
        cast(null as varchar) as source_instance,
        cast(null as varchar) as load_id
    from rewritten
)

select * from final
