-- Grain: one row per control and entity ('*' for the group): what holds and what does not. amount_difference is without
-- sign, in currency_code.
with

close_status as (select * from {{ ref('fct_close_status') }}),

entities as (select * from {{ ref('dim_entities') }}),

final as (
    select
        {{ as_of_date() }} as as_of_date,
        close_status.control_name,
        close_status.entity_code,
        entities.entity_name,
        close_status.is_blocking,
        close_status.is_passed,
        close_status.detail,
        close_status.amount_difference,
        close_status.currency_code
    from close_status
    left join entities on close_status.entity_code = entities.entity_code
)

select * from final
