-- Grain: one row per instance, record type ('*' for all others), stage and validity; approved rows only.
with

stages as (
    {{ approved_rows('stages') }}
),

final as (
    select
        trim(source_instance) as source_instance,
        {{ normalise_code('record_type') }} as record_type_key,
        {{ normalise_code('stage_name') }} as stage_key,
        trim(forecast_category) as forecast_category,
        cast({{ rate('probability') }} as decimal(9, 6)) as probability,
        {{ decision_columns() }}
    from stages
)

select * from final
