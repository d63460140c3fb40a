-- Grain: one row per claim of an entity on a partner with the document that answers it in the partner's books, or per
-- document without one. In transaction currency, both sides > 0. What is missing is a matter of who has not posted it;
-- what differs, of the debtor.
with

outcomes as (select * from {{ ref('intercompany_outcomes') }}),

compared as (
    select
        *,
        case
            when exception_type is null or outcome in ('missing_left', 'duplicate_left')
                then coalesce(creditor_code, debtor_code)
            else coalesce(debtor_code, creditor_code)
        end as entity_code,
        cast(null as varchar) as counterparty_key
    from outcomes
),

final as (
    {{ reconciliation_rows('intercompany', 'compared') }}
)

select * from final
