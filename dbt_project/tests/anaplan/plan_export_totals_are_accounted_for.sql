-- Fails with one row per instance whose latest plan export does not sum to its accepted and rejected lines.
-- What is no number counts on neither side; those lines are rejected.
with

exported as (
    select
        source_instance,
        count(*) as number_of_lines,
        sum({{ amount('Amount') }}) as amount
    from {{ source('landed_anaplan', 'plan_lines') }}
    group by source_instance
),

accounted_for as (
    select
        source_instance,
        amount_source as amount
    from {{ ref('stg_anaplan__plan_lines') }}
    union all
    select
        source_instance,
        {{ amount(json_text('payload', 'Amount')) }} as amount
    from {{ ref('anaplan__rejected') }}
    where table_name = 'plan_lines'
),

staged as (
    select
        source_instance,
        count(*) as number_of_lines,
        sum(amount) as amount
    from accounted_for
    group by source_instance
)

select
    coalesce(exported.source_instance, staged.source_instance) as source_instance,
    exported.number_of_lines as lines_exported,
    staged.number_of_lines as lines_staged,
    exported.amount as amount_exported,
    staged.amount as amount_staged
from exported
full outer join staged on exported.source_instance = staged.source_instance
where
    coalesce(exported.number_of_lines, 0) <> coalesce(staged.number_of_lines, 0)
    or coalesce(exported.amount, 0) <> coalesce(staged.amount, 0)
