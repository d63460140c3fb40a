-- Grain: one row per rejected row of SAP ECC. Reason and payload hold what people wrote and stay in staging.
with

rejected_rows as (
    select * from {{ ref('sap_ecc__rejected') }}
),

final as (
    {{ rejected_rows_without_values('rejected_rows', 'sap_ecc') }}
)

select * from final
