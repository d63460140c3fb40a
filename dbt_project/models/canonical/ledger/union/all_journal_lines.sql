-- Grain: one row per journal line and instance, as the systems know it; the canonical model of the entity makes sense of it.
{{ all_systems([
    ref('int_sap_s4hana__journal_lines_conformed'),
]) }}
