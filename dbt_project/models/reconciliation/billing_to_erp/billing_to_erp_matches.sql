-- Grain: one row per invoice, or per posting that no invoice or not that invoice alone accounts for, with the rule that
-- took it. Rules run in order, strongest first, and what one rule takes is closed to the later ones. Which items belong
-- together is decided here; what that means is decided in rec_billing_to_erp.
with

invoices as (select * from {{ ref('billing_to_erp_invoices') }}),

postings as (select * from {{ ref('billing_to_erp_postings') }}),

tolerances as (
    select * from {{ ref('tolerances_by_currency') }}
    where reconciliation_name = 'billing_to_erp'
),

-- Rule 1: a posting and its reversal, the n-th of an amount with the n-th reversal of it.
numbered_reversals as (
    select
        *,
        row_number() over (
            partition by entity_code, reference, transaction_currency, abs(amount), is_reversal
            order by posting_date, document_number, line_number
        ) as pair_number
    from postings
    where is_reversal or is_reversed
),

reversal_pairs as (
    select
        entity_code,
        reference,
        transaction_currency,
        abs(amount) as amount_size,
        pair_number
    from numbered_reversals
    group by entity_code, reference, transaction_currency, abs(amount), pair_number
    having count(*) = 2 and sum(amount) = 0
),

reversed_postings as (
    select numbered_reversals.posting_key
    from numbered_reversals
    inner join reversal_pairs
        on
            numbered_reversals.entity_code = reversal_pairs.entity_code
            and numbered_reversals.reference = reversal_pairs.reference
            and numbered_reversals.transaction_currency = reversal_pairs.transaction_currency
            and abs(numbered_reversals.amount) = reversal_pairs.amount_size
            and numbered_reversals.pair_number = reversal_pairs.pair_number
),

standing_postings as (
    select postings.*
    from postings
    left join reversed_postings on postings.posting_key = reversed_postings.posting_key
    where reversed_postings.posting_key is null
),

-- Rules 2 and 3: postings that carry the invoice's number. The best is the one that agrees, then the earliest.
number_candidates as (
    select
        invoices.invoice_id,
        invoices.amount as invoice_amount,
        standing_postings.posting_key,
        standing_postings.amount as posting_amount,
        {{ allowed_difference('invoices.amount', 'tolerances') }} as allowed_difference,
        case
            when invoices.transaction_currency <> standing_postings.transaction_currency then 'other_currency'
            when
                abs(invoices.amount - standing_postings.amount)
                <= {{ allowed_difference('invoices.amount', 'tolerances') }}
                then 'agrees'
            else 'other_amount'
        end as likeness,
        standing_postings.posting_date,
        standing_postings.document_number,
        standing_postings.line_number
    from invoices
    inner join standing_postings
        on
            invoices.entity_code = standing_postings.entity_code
            and invoices.invoice_number = standing_postings.reference
    left join tolerances on invoices.transaction_currency = tolerances.currency_code
    where invoices.number_rank = 1
),

ranked_candidates as (
    select
        *,
        row_number() over (
            partition by invoice_id
            order by
                case likeness when 'agrees' then 1 when 'other_amount' then 2 else 3 end,
                posting_date,
                document_number,
                line_number
        ) as candidate_rank,
        count(*) over (partition by invoice_id) as candidate_count,
        sum(case when likeness = 'other_amount' then 0 else 1 end) over (partition by invoice_id) as whole_candidates,
        sum(posting_amount) over (partition by invoice_id) as candidates_amount
    from number_candidates
),

number_matches as (
    select
        invoice_id,
        posting_key,
        posting_amount,
        invoice_amount,
        candidates_amount,
        candidate_rank,
        candidate_count,
        coalesce(
            candidate_count > 1
            and whole_candidates = 0
            and abs(invoice_amount - candidates_amount) <= allowed_difference,
            false
        ) as is_split
    from ranked_candidates
),

-- Rule 4: a summarised posting carries the batch of its invoices as reference.
batch_members as (
    select invoices.*
    from invoices
    left join number_matches on invoices.invoice_id = number_matches.invoice_id
    where invoices.posting_batch is not null and number_matches.invoice_id is null
),

batches as (
    select
        source_instance,
        entity_code,
        posting_batch,
        transaction_currency,
        min(invoice_id) as first_invoice_id,
        sum(amount) as amount
    from batch_members
    group by source_instance, entity_code, posting_batch, transaction_currency
),

batch_candidates as (
    select
        batches.source_instance,
        batches.entity_code,
        batches.posting_batch,
        batches.transaction_currency,
        batches.first_invoice_id,
        batches.amount as batch_amount,
        standing_postings.posting_key,
        standing_postings.amount as posting_amount,
        {{ allowed_difference('batches.amount', 'tolerances') }} as allowed_difference,
        row_number() over (
            partition by
                batches.source_instance, batches.entity_code, batches.posting_batch, batches.transaction_currency
            order by
                case
                    when
                        abs(batches.amount - standing_postings.amount)
                        <= {{ allowed_difference('batches.amount', 'tolerances') }} then 1
                    else 2
                end,
                standing_postings.posting_date,
                standing_postings.document_number,
                standing_postings.line_number
        ) as candidate_rank
    from batches
    inner join standing_postings
        on
            batches.entity_code = standing_postings.entity_code
            and batches.posting_batch = standing_postings.reference
            and batches.transaction_currency = standing_postings.transaction_currency
    left join tolerances on batches.transaction_currency = tolerances.currency_code
),

batch_matches as (
    select
        *,
        batch_amount - posting_amount as amount_short
    from batch_candidates
    where candidate_rank = 1
),

-- Where exactly one invoice is as large as what the posting lacks, that invoice was left out of the batch.
left_out_candidates as (
    select
        batch_members.invoice_id,
        batch_matches.posting_key,
        count(*) over (partition by batch_matches.posting_key) as equally_good
    from batch_matches
    inner join batch_members
        on
            batch_matches.source_instance = batch_members.source_instance
            and batch_matches.entity_code = batch_members.entity_code
            and batch_matches.posting_batch = batch_members.posting_batch
            and batch_matches.transaction_currency = batch_members.transaction_currency
            and batch_matches.amount_short = batch_members.amount
    where abs(batch_matches.amount_short) > batch_matches.allowed_difference
),

left_out_invoices as (
    select
        invoice_id,
        posting_key
    from left_out_candidates
    where equally_good = 1
),

batch_shares as (
    select
        batch_members.invoice_id,
        batch_members.amount,
        batch_matches.posting_key,
        batch_matches.amount_short,
        batch_matches.allowed_difference,
        row_number() over (partition by batch_matches.posting_key order by batch_members.invoice_number) as share_rank
    from batch_matches
    inner join batch_members
        on
            batch_matches.source_instance = batch_members.source_instance
            and batch_matches.entity_code = batch_members.entity_code
            and batch_matches.posting_batch = batch_members.posting_batch
            and batch_matches.transaction_currency = batch_members.transaction_currency
    left join left_out_invoices on batch_members.invoice_id = left_out_invoices.invoice_id
    where left_out_invoices.invoice_id is null
),

unexplained_batches as (
    select
        batch_matches.first_invoice_id,
        batch_matches.posting_key,
        batch_matches.amount_short
    from batch_matches
    left join left_out_invoices on batch_matches.posting_key = left_out_invoices.posting_key
    where
        abs(batch_matches.amount_short) > batch_matches.allowed_difference
        and left_out_invoices.posting_key is null
),

-- Every item with the rule that took it. An invoice named without being counted is the one the posting is about.
matched_items as (
    select
        'reversal_pair' as rule_name,
        'reversed' as finding,
        cast(null as varchar) as invoice_id,
        0 as left_item_count,
        cast(0 as {{ type_amount() }}) as left_amount,
        standing.posting_key,
        1 as right_item_count,
        standing.amount as right_amount
    from postings as standing
    inner join reversed_postings on standing.posting_key = reversed_postings.posting_key

    union all

    select
        case when is_split then 'reference_one_to_many' else 'reference_one_to_one' end as rule_name,
        case when is_split or candidate_rank = 1 then 'pair' else 'duplicate' end as finding,
        invoice_id,
        case when candidate_rank = 1 then 1 else 0 end as left_item_count,
        case
            when is_split and candidate_rank = candidate_count
                then posting_amount + invoice_amount - candidates_amount
            when is_split then posting_amount
            when candidate_rank = 1 then invoice_amount
            else 0
        end as left_amount,
        posting_key,
        1 as right_item_count,
        posting_amount as right_amount
    from number_matches

    union all

    select
        'reference_many_to_one' as rule_name,
        'pair' as finding,
        invoice_id,
        1 as left_item_count,
        amount as left_amount,
        posting_key,
        case when share_rank = 1 then 1 else 0 end as right_item_count,
        case
            when share_rank = 1 and abs(amount_short) <= allowed_difference then amount - amount_short
            else amount
        end as right_amount
    from batch_shares

    union all

    select
        'reference_many_to_one' as rule_name,
        'batch_difference' as finding,
        first_invoice_id as invoice_id,
        0 as left_item_count,
        0 as left_amount,
        posting_key,
        0 as right_item_count,
        -amount_short as right_amount
    from unexplained_batches

    union all

    select
        'reference_many_to_one' as rule_name,
        'batch_duplicate' as finding,
        first_invoice_id as invoice_id,
        0 as left_item_count,
        0 as left_amount,
        posting_key,
        1 as right_item_count,
        posting_amount as right_amount
    from batch_candidates
    where candidate_rank > 1
),

taken_invoices as (
    select distinct invoice_id from matched_items
    where left_item_count = 1
),

taken_postings as (
    select distinct posting_key from matched_items
),

final as (
    select * from matched_items

    union all

    select
        'unmatched' as rule_name,
        case
            when invoices.number_rank > 1 then 'ambiguous_number'
            when left_out_invoices.invoice_id is not null then 'left_out_of_batch'
            else 'alone'
        end as finding,
        invoices.invoice_id,
        1 as left_item_count,
        invoices.amount as left_amount,
        cast(null as varchar) as posting_key,
        0 as right_item_count,
        0 as right_amount
    from invoices
    left join taken_invoices on invoices.invoice_id = taken_invoices.invoice_id
    left join left_out_invoices on invoices.invoice_id = left_out_invoices.invoice_id
    where taken_invoices.invoice_id is null

    union all

    select
        'unmatched' as rule_name,
        'alone' as finding,
        cast(null as varchar) as invoice_id,
        0 as left_item_count,
        0 as left_amount,
        standing_postings.posting_key,
        1 as right_item_count,
        standing_postings.amount as right_amount
    from standing_postings
    left join taken_postings on standing_postings.posting_key = taken_postings.posting_key
    where taken_postings.posting_key is null
)

select * from final
