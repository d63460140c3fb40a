-- Grain: one row per customer record of an instance and period of validity: what names the golden customer it belongs to
-- on these days. The slices of a record cover all time without gap or overlap. A record that neither a mapping nor a tax
-- id decides goes, on every day, where the record goes that it belongs to (customer_anchors).
with

identities as (
    select * from {{ ref('customer_identity_slices') }}
),

anchors as (
    select * from {{ ref('customer_anchors') }}
),

-- A record that is its own anchor is there too: others belong to it.
anchored as (
    select
        identities.source_instance,
        identities.source_customer_id,
        greatest(identities.valid_from, anchor_slices.valid_from) as valid_from,
        least(identities.valid_to, anchor_slices.valid_to) as valid_to,
        identities.decided_by = 'own' and not identities.is_ambiguous as is_open,
        identities.customer_key as identity_key,
        identities.decided_by as identity_decided_by,
        identities.is_ambiguous as is_identity_ambiguous,
        anchor_slices.customer_key as anchor_key,
        anchors.decided_by,
        anchors.score
    from identities
    inner join anchors
        on
            identities.source_instance = anchors.source_instance
            and identities.source_customer_id = anchors.source_customer_id
            and not anchors.is_ambiguous
    inner join identities as anchor_slices
        on
            anchors.anchor_instance = anchor_slices.source_instance
            and anchors.anchor_customer_id = anchor_slices.source_customer_id
            and identities.valid_from < anchor_slices.valid_to
            and identities.valid_to > anchor_slices.valid_from
),

others as (
    select
        identities.*,
        coalesce(anchors.is_ambiguous, false) and identities.decided_by = 'own' as is_link_ambiguous
    from identities
    left join anchors
        on
            identities.source_instance = anchors.source_instance
            and identities.source_customer_id = anchors.source_customer_id
    where anchors.source_customer_id is null or anchors.is_ambiguous
),

final as (
    select
        source_instance,
        source_customer_id,
        valid_from,
        valid_to,
        case when is_open then anchor_key else identity_key end as customer_key,
        case when is_open then decided_by else identity_decided_by end as decided_by,
        -- A person's word and an equal identifier are certain; standing alone decides nothing.
        case
            when is_open then score
            when identity_decided_by = 'own' then cast(0 as {{ type_score() }})
            else cast(1 as {{ type_score() }})
        end as score,
        is_identity_ambiguous as is_ambiguous
    from anchored

    union all

    select
        source_instance,
        source_customer_id,
        valid_from,
        valid_to,
        customer_key,
        decided_by,
        cast(case when decided_by = 'own' then 0 else 1 end as {{ type_score() }}) as score,
        is_ambiguous or is_link_ambiguous as is_ambiguous
    from others
)

select * from final
