-- Grain: one row per document, trading partner, elimination group and currency on the intercompany accounts of an entity:
-- what it claims (receivables, loans given, revenue, interest income: is_claim) or owes its partner. In transaction
-- currency, leading ledger; both a claim and what answers it are > 0. The pair is always creditor, then debtor.
-- The trap: not every ERP names the partner in its ledger (NetSuite, Dynamics). Such an item has only its own entity, and
-- finds the other side by reference or amount.
with

journal_lines as (select * from {{ ref('fct_journal_lines') }}),

account_slices as (
    select * from {{ ref('dim_account_slices') }}
    where elimination_group is not null
),

business_days as (
    select * from {{ ref('dim_business_days') }}
    where country_code = '*'
),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'intercompany'
),

leading_ledgers as (select * from {{ ref('leading_ledgers') }}),

intercompany_lines as (
    select
        journal_lines.*,
        account_slices.elimination_group,
        account_slices.is_balance_sheet as is_balance,
        account_slices.account_class in ('asset', 'income') as is_claim,
        case
            when account_slices.account_class in ('asset', 'expense') then journal_lines.amount_transaction
            else -journal_lines.amount_transaction
        end as amount,
        -- A document that refers to itself names nothing that the partner knows.
        nullif(
            upper(trim(journal_lines.assignment_reference)), upper(trim(journal_lines.document_number))
        ) as reference
    from journal_lines
    inner join leading_ledgers
        on
            journal_lines.entity_code = leading_ledgers.entity_code
            and journal_lines.source_instance = leading_ledgers.source_instance
            and journal_lines.ledger_code = leading_ledgers.ledger_code
    inner join account_slices
        on
            journal_lines.account_id = account_slices.account_id
            and {{ is_valid_on('journal_lines.posting_date', 'account_slices') }}
    where journal_lines.posting_date <= {{ as_of_date() }}
),

documents as (
    select
        source_instance,
        entity_code,
        fiscal_year,
        document_number,
        partner_entity_code as partner_code,
        elimination_group,
        is_claim,
        transaction_currency as currency_code,
        case when is_claim then entity_code else partner_entity_code end as creditor_code,
        case when is_claim then partner_entity_code else entity_code end as debtor_code,
        bool_or(is_balance) as is_balance,
        min(posting_date) as item_date,
        sum(amount) as amount,
        min(nullif(reference, '')) as reference,
        bool_or(is_reversal) as is_reversal,
        bool_or(is_reversed) as is_reversed,
        {{ newest_load_id() }} as load_id
    from intercompany_lines
    group by
        source_instance,
        entity_code,
        fiscal_year,
        document_number,
        partner_entity_code,
        elimination_group,
        is_claim,
        transaction_currency
),

keyed as (
    select
        *,
        {{ natural_key([
            'entity_code', 'fiscal_year', 'document_number', 'elimination_group', 'partner_code'
        ]) }} as source_key
    from documents
),

final as (
    select
        {{ surrogate_key(['keyed.source_instance', 'keyed.source_key', 'keyed.is_claim', 'keyed.currency_code']) }}
            as item_key,
        keyed.source_instance,
        keyed.source_key,
        keyed.is_claim,
        keyed.elimination_group,
        keyed.is_balance,
        keyed.entity_code,
        keyed.partner_code,
        keyed.creditor_code,
        keyed.debtor_code,
        keyed.partner_code as counterparty_key,
        keyed.document_number,
        keyed.reference,
        keyed.item_date,
        last_day(keyed.item_date) as period_end_date,
        {{ days_after('keyed.item_date', 'coalesce(tolerances.window_days, 0)') }} as partner_due_date,
        coalesce(tolerances.window_days, 0) as window_days,
        keyed.currency_code,
        cast(keyed.amount as {{ type_amount() }}) as amount,
        keyed.is_reversal,
        keyed.is_reversed,
        business_days.business_day_number,
        keyed.load_id
    from keyed
    left join tolerances on keyed.currency_code = tolerances.currency_code
    left join business_days on keyed.item_date = business_days.calendar_date
)

select * from final
