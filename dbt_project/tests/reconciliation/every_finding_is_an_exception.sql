-- What is found to be wrong is somebody's item, whoever found it: no finding is lost on its way to the queue.
with

findings as (
    select
        exception_type,
        natural_key
    from {{ ref('fct_reconciliations') }}
    where exception_type is not null
    union all
    select
        exception_type,
        natural_key
    from {{ ref('fct_mapping_gaps') }}
    union all
    select
        exception_type,
        natural_key
    from {{ ref('rejected_row_findings') }}
    union all
    select
        exception_type,
        natural_key
    from {{ ref('source_contract_findings') }}
    union all
    select
        exception_type,
        natural_key
    from {{ ref('signed_period_findings') }}
    union all
    select
        exception_type,
        natural_key
    from {{ ref('event_contradictions') }}
    union all
    select
        exception_type,
        natural_key
    from {{ ref('document_contradictions') }}
)

select
    findings.exception_type,
    findings.natural_key
from findings
left join {{ ref('fct_exceptions') }} as exceptions
    on findings.exception_type = exceptions.exception_type and findings.natural_key = exceptions.natural_key
where exceptions.exception_id is null
