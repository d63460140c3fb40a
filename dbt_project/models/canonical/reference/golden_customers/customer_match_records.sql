-- Grain: one row per customer record that is not deleted, as it is compared with others: names without legal forms,
-- words without case and accents. unit_key is the customer that mappings and tax ids make of it; is_open where they
-- make none of it, so that weaker evidence is asked. A domain that does not identify one customer is evidence only.
with

records as (
    select * from {{ ref('all_customers') }}
    where not is_deleted
),

identities as (
    select * from {{ ref('customer_identity_slices') }} as identities
    where {{ is_valid_on(as_of_date(), 'identities') }}
),

legal_forms as (
    select {{ list_of('word') }} as legal_words from {{ ref('legal_forms') }}
),

free_mail_domains as (
    select * from {{ ref('free_mail_domains') }}
),

worded as (
    select
        records.*,
        {{ words_without(words('records.customer_name'), "coalesce(legal_forms.legal_words, [])") }} as name_words
    from records
    cross join legal_forms
),

final as (
    select
        {{ natural_key(['worded.source_instance', 'worded.source_customer_id']) }} as record_key,
        worded.source_instance,
        worded.source_customer_id,
        worded.source_role,
        case worded.source_role when 'erp' then 1 when 'crm' then 2 else 3 end as role_rank,
        identities.customer_key as unit_key,
        identities.decided_by = 'own' and not identities.is_ambiguous as is_open,
        worded.customer_name,
        {{ joined_words('worded.name_words') }} as name_text,
        {{ sorted_words('worded.name_words') }} as name_sorted,
        worded.country_code,
        worded.tax_id,
        worded.lei,
        {{ joined_words(words('worded.street')) }} as street_text,
        nullif(upper(regexp_replace(worded.postal_code, '[^A-Za-z0-9]', '', 'g')), '') as postal_code,
        {{ joined_words(words('worded.city')) }} as city_text,
        case when free_mail_domains.domain is null then worded.email_domain end as domain,
        {{ phone_digits('worded.phone') }} as phone_digits,
        worded.parent_source_customer_id,
        worded.load_id,
        worded.recorded_at
    from worded
    inner join identities
        on
            worded.source_instance = identities.source_instance
            and worded.source_customer_id = identities.source_customer_id
    left join free_mail_domains on worded.email_domain = free_mail_domains.domain
)

select * from final
