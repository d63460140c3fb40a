-- Grain: one row per period of a ledger. Periods are known by name. The number says the order in the year, in which
-- adjustment periods may stand anywhere: here they follow the last normal one. A year may be called after the calendar
-- year it ends in; here it is named after the one in which it begins.
with

-- 101 is the general ledger; the subledgers open and close the same periods for themselves.
periods as (
    select * from {{ ref('stg_oracle_fusion__period_statuses') }}
    where application_id = '101'
),

placed as (
    select
        *,
        row_number() over (
            partition by source_instance, ledger_id, year_start_date, is_adjustment
            order by period_number
        ) as place_among_its_kind
    from periods
),

final as (
    select
        ledger_id,
        period_name,
        start_date,
        end_date,
        year_start_date,
        cast(year(year_start_date) as integer) as fiscal_year,
        cast(case when is_adjustment then 12 else 0 end + place_among_its_kind as integer) as fiscal_period,
        source_instance
    from placed
)

select * from final
