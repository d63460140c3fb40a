-- Grain: one row per ledger and account with dimensions, as 5400-202010-PC1. What its segments are says the account
-- structure it was made by, and what stands between them the installation; an empty segment at the end is left out. The
-- dimension whose values are cost centres of the organisation is the cost centre, the one of its business units the
-- profit centre, whatever they are called. An account that two structures of a ledger read differently has none: nothing
-- is guessed.
with

ledgers as (
    select * from {{ ref('stg_d365_finance__ledgers') }}
),

structures as (
    select * from {{ ref('stg_d365_finance__account_structures') }}
    where structure_status = 'Active'
),

combinations as (
    select * from {{ ref('stg_d365_finance__dimension_combinations') }}
),

parameters as (
    select * from {{ ref('stg_d365_finance__dimension_parameters') }}
),

dimensions as (
    select
        source_instance,
        max(case when view_name = 'DimAttributeOMCostCenter' then dimension_code end) as cost_centre_dimension,
        max(case when view_name = 'DimAttributeOMBusinessUnit' then dimension_code end) as profit_centre_dimension
    from {{ ref('stg_d365_finance__dimension_attributes') }}
    group by source_instance
),

structures_of_ledgers as (
    {% for place in range(1, 21) -%}
    select
        source_instance,
        ledger_record_id,
        account_structure_{{ place }} as account_structure
    from ledgers
    where account_structure_{{ place }} is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
),

segments as (
    select
        combinations.source_instance,
        structures_of_ledgers.ledger_record_id,
        combinations.display_value as ledger_account,
        {{ d365_segment('combinations.display_value', 'parameters.segment_delimiter', 'structures', "'MAINACCOUNT'") }}
            as account_number,
        {{ d365_segment(
            'combinations.display_value', 'parameters.segment_delimiter', 'structures', 'dimensions.cost_centre_dimension'
        ) }} as cost_centre_code,
        {{ d365_segment(
            'combinations.display_value', 'parameters.segment_delimiter', 'structures', 'dimensions.profit_centre_dimension'
        ) }} as profit_centre_code
    from combinations
    inner join structures_of_ledgers
        on
            combinations.source_instance = structures_of_ledgers.source_instance
            and combinations.account_structure = structures_of_ledgers.account_structure
    inner join structures
        on
            combinations.source_instance = structures.source_instance
            and combinations.account_structure = structures.account_structure
    inner join parameters on combinations.source_instance = parameters.source_instance
    inner join dimensions on combinations.source_instance = dimensions.source_instance
),

final as (
    select
        ledger_record_id,
        ledger_account,
        max(account_number) as account_number,
        case
            when count(distinct coalesce(cost_centre_code, '')) = 1 then max(cost_centre_code)
        end as cost_centre_code,
        case
            when count(distinct coalesce(profit_centre_code, '')) = 1 then max(profit_centre_code)
        end as profit_centre_code,
        source_instance
    from segments
    group by source_instance, ledger_record_id, ledger_account
)

select * from final
