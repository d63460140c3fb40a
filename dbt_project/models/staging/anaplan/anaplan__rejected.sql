-- Grain: one row per rejected row of the system, with its reason and its payload as landed.
with

final as (
    {{ rejected_rows({
        'calendar': ref('base_anaplan__calendars'),
        'list_items': ref('base_anaplan__list_items'),
        'plan_lines': ref('base_anaplan__plan_lines'),
        'plan_totals': ref('base_anaplan__plan_totals'),
        'versions': ref('base_anaplan__versions'),
    }) }}
)

select * from final
