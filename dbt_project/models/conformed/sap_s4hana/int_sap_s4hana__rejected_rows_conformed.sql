-- Grain: one row per rejected row of SAP. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('sap_s4hana__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'sap_s4hana') }}
)

select * from final
