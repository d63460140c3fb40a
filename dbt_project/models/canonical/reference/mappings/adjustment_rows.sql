-- Grain: one row per row of the company's manual adjustments, with the reason why it is not used, or null. An adjustment
-- is a journal: the rows of one adjustment_code. It counts as a whole or not at all, so one row that cannot be used takes
-- its journal with it; and it must sum to 0 in one entity, ledger and currency. Debit > 0, credit < 0.
-- The trap: an adjustment that is not taken back grows into a second ledger. It has to name the day it is taken back
-- (valid_to); what shall stay belongs into the ERP.
with

read_rows as (
    select
        {{ text('adjustment_code') }} as adjustment_code,
        {{ whole_number('line_number') }} as line_number,
        {{ text('entity_code') }} as entity_code,
        {{ text('ledger_code') }} as ledger_code,
        {{ normalise_code('group_account_code') }} as group_account_code,
        {{ amount('amount_local') }} as amount_local,
        {{ text('local_currency') }} as local_currency,
        {{ iso_date('valid_from') }} as posting_date,
        {{ iso_date('valid_to') }} as reversal_date,
        {{ text('proposed_by') }} as proposed_by,
        {{ text('approved_by') }} as approved_by,
        {{ text('reason') }} as reason,
        {{ mapping_rejection_reason('adjustments') }} as row_reason,
        {{ row_as_json('adjustments') }} as payload
    from {{ source('mappings', 'adjustments') }} as adjustments
),

group_accounts as (
    select * from {{ ref('map_group_accounts') }}
),

judged_rows as (
    select
        read_rows.*,
        case
            when read_rows.row_reason is not null then read_rows.row_reason
            when group_accounts.group_account_code is null
                then 'the group chart has no such account: ' || read_rows.group_account_code
        end as reason_of_row
    from read_rows
    left join group_accounts
        on
            read_rows.group_account_code = group_accounts.group_account_code
            and {{ is_valid_on('read_rows.posting_date', 'group_accounts') }}
),

journals as (
    select
        adjustment_code,
        count(reason_of_row) as unusable_rows,
        count(distinct concat_ws(
            '|', entity_code, ledger_code, local_currency, cast(posting_date as varchar),
            cast(reversal_date as varchar)
        )) as headers,
        count(distinct line_number) = count(*) as has_line_numbers,
        sum(amount_local) as amount_left_over
    from judged_rows
    group by adjustment_code
),

final as (
    select
        judged_rows.adjustment_code,
        judged_rows.line_number,
        judged_rows.entity_code,
        judged_rows.ledger_code,
        judged_rows.group_account_code,
        judged_rows.amount_local,
        judged_rows.local_currency,
        judged_rows.posting_date,
        judged_rows.reversal_date,
        judged_rows.proposed_by,
        judged_rows.approved_by,
        judged_rows.reason,
        case
            when judged_rows.reason_of_row is not null then judged_rows.reason_of_row
            when journals.unusable_rows > 0 then 'another row of its journal is not used'
            when journals.headers > 1 then 'its journal names several entities, ledgers, currencies or days'
            when not journals.has_line_numbers then 'its journal has a line number twice'
            when journals.amount_left_over <> 0
                then 'its journal does not sum to 0: ' || {{ amount_text('journals.amount_left_over') }}
        end as rejection_reason,
        judged_rows.payload
    from judged_rows
    left join journals on judged_rows.adjustment_code = journals.adjustment_code
)

select * from final
