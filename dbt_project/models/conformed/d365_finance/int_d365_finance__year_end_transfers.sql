-- Grain: one row per line that the year-end close has posted to carry balances into the next year, or the result out of
-- this one. They repeat what the lines before them add up to, and the trial balance carries forward itself: counted as
-- postings, every balance would double. A close that runs again deletes them and posts others, and no set tells of that.
with

final as (
    select * from {{ ref('int_d365_finance__ledger_lines') }}
    where is_year_end_transfer
)

select * from final
