-- Grain: one row per entity, currency, month and part of what moved the accounts for deferred revenue: what was posted for an
-- invoice (or a summarised posting of many), by its reference, and all the rest as one: releases, and whatever else
-- somebody posts there. Deferred revenue (credit) > 0. Currencies as on the other side. A line is of an invoice where its
-- document also debits a receivable that refers to one. Only entities that bill services.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

accounts as (
    select * from {{ ref('dim_accounts') }}
    where control_account = 'deferred_revenue'
),

ledgers as (select * from {{ ref('deferred_revenue_to_gl_ledgers') }}),

receivables as (select * from {{ ref('billing_to_erp_postings') }}),

billing_entities as (
    select distinct entity_code
    from {{ ref('revenue_schedule_items') }}
    where has_service_period
),

references_of_documents as (
    select
        source_instance,
        entity_code,
        fiscal_year,
        document_number,
        min(reference) as reference
    from receivables
    group by source_instance, entity_code, fiscal_year, document_number
),

lines as (
    select
        journal_lines.entity_code,
        journal_lines.source_instance,
        {{ month_of('journal_lines.posting_date') }} as period_month,
        last_day(journal_lines.posting_date) as month_end_date,
        journal_lines.posting_date,
        references_of_documents.reference,
        journal_lines.transaction_currency,
        journal_lines.local_currency,
        -journal_lines.amount_transaction as amount_transaction,
        -journal_lines.amount_local as amount_local,
        journal_lines.load_id,
        journal_lines.recorded_at
    from journal_lines
    inner join accounts on journal_lines.account_id = accounts.account_id
    inner join ledgers
        on
            journal_lines.entity_code = ledgers.entity_code
            and journal_lines.source_instance = ledgers.source_instance
            and journal_lines.ledger_code = ledgers.ledger_code
    inner join billing_entities on journal_lines.entity_code = billing_entities.entity_code
    left join references_of_documents
        on
            journal_lines.source_instance = references_of_documents.source_instance
            and journal_lines.entity_code = references_of_documents.entity_code
            and journal_lines.fiscal_year = references_of_documents.fiscal_year
            and journal_lines.document_number = references_of_documents.document_number
    where journal_lines.posting_date <= {{ as_of_date() }}
),

-- Nothing has been earned yet of the month that runs: what is released in it waits for its end.
comparable as (
    select * from lines
    where reference is not null or month_end_date <= {{ as_of_date() }}
),

in_both_currencies as (
    select
        *,
        transaction_currency as currency_code,
        cast(null as varchar) as original_currency,
        amount_transaction as amount,
        false as is_converted
    from comparable

    union all

    select
        *,
        local_currency as currency_code,
        transaction_currency as original_currency,
        amount_local as amount,
        true as is_converted
    from comparable
    where transaction_currency <> local_currency
),

final as (
    select
        {{ natural_key(['entity_code', 'currency_code', 'period_month', 'reference', 'original_currency']) }}
            as item_key,
        min(source_instance) as source_instance,
        entity_code,
        currency_code,
        period_month,
        reference,
        original_currency,
        max(posting_date) as item_date,
        cast(sum(amount) as {{ type_amount() }}) as amount,
        sum(case when is_converted then 1 else 0 end) > 0 as is_converted,
        {{ newest_load_id() }} as load_id
    from in_both_currencies
    group by entity_code, currency_code, period_month, reference, original_currency
)

select * from final
