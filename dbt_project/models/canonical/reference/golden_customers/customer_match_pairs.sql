-- Grain: one row per pair of customer records that are worth comparing: one of them open, nothing hard against them being
-- one company, and something in common that two records of one company have. record_key is the open one, of two open
-- ones the first by key. A word that many records share narrows nothing down and would make pairs by the million.
{% set most_records_of_a_word = 50 %}
with

records as (
    select * from {{ ref('customer_match_records') }}
    where name_text is not null
),

separations as (
    select * from {{ ref('customer_unit_separations') }}
),

words as (
    select distinct
        record_key,
        {{ each_of("string_split(name_sorted, ' ')") }} as word
    from records
),

rare_words as (
    select word
    from words
    group by word
    having count(*) between 2 and {{ most_records_of_a_word }}
),

-- What two records have to share, one row each: the way to a pair.
paths as (
    select
        record_key,
        'name ' || name_sorted as path
    from records
    union all
    select
        record_key,
        'begins ' || coalesce(country_code, '') || ' ' || left(name_text, 5) as path
    from records
    union all
    select
        words.record_key,
        'word ' || words.word as path
    from words
    inner join rare_words on words.word = rare_words.word
    union all
    select
        record_key,
        'post ' || postal_code || ' ' || left(name_sorted, 2) as path
    from records
    where postal_code is not null
    union all
    select
        record_key,
        'domain ' || domain as path
    from records
    where domain is not null
    union all
    select
        record_key,
        'phone ' || phone_digits as path
    from records
    where phone_digits is not null
),

open_paths as (
    select paths.*
    from paths
    inner join records on paths.record_key = records.record_key
    where records.is_open
),

found as (
    select distinct
        open_paths.record_key,
        paths.record_key as other_record_key
    from open_paths
    inner join paths
        on
            open_paths.path = paths.path
            and open_paths.record_key <> paths.record_key
),

final as (
    select
        records.record_key,
        others.record_key as other_record_key,
        records.source_instance,
        records.load_id,
        records.recorded_at
    from found
    inner join records on found.record_key = records.record_key
    inner join records as others on found.other_record_key = others.record_key
    left join separations
        on
            records.unit_key = separations.unit_key
            and others.unit_key = separations.other_unit_key
    where
        records.unit_key <> others.unit_key
        and (not others.is_open or records.record_key < others.record_key)
        and coalesce(records.tax_id <> others.tax_id, false) = false
        and coalesce(records.lei <> others.lei, false) = false
        and separations.unit_key is null
)

select * from final
