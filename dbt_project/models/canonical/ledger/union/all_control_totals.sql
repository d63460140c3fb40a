-- Grain: one row per ledger, entity and period and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_sap_s4hana__control_totals_conformed'),
]) }}
