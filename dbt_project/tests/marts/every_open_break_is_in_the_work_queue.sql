-- One metric, two marts: what the reconciliations call open is in the work queue, and the queue has no break that no
-- reconciliation found.
with

breaks as (
    select distinct
        exception_type,
        natural_key
    from {{ ref('fct_reconciliations') }}
    where exception_type is not null
),

queue as (
    select
        exception_type,
        natural_key
    from {{ ref('mart_control__exceptions') }}
    where reconciliation_name is not null
)

select *
from breaks
full outer join queue
    on breaks.exception_type = queue.exception_type and breaks.natural_key = queue.natural_key
where breaks.natural_key is null or queue.natural_key is null
