{#
    The slices of validity of every member: half-open spans of days, from the beginning of time to its end, cut on every
    day on which what is mapped to the member may change. A transaction of any date finds exactly one.

    members: a relation with the columns `keys`. changes: relations with `keys`, valid_from and valid_to.
#}
{% macro validity_slices(members, keys, changes) -%}
    select
        {{ keys | join(', ') }},
        valid_from,
        coalesce(lead(valid_from) over (partition by {{ keys | join(', ') }} order by valid_from), {{ open_end() }})
            as valid_to
    from (
        select {{ keys | join(', ') }}, {{ open_start() }} as valid_from
        from {{ members }}
        {%- for relation in changes %}
        union
        select {{ keys | join(', ') }}, valid_from
        from {{ relation }}
        union
        select {{ keys | join(', ') }}, valid_to as valid_from
        from {{ relation }}
        where valid_to < {{ open_end() }}
        {%- endfor %}
    ) as slice_starts
{%- endmacro %}
