{#
    SAP names the side of a line beside its signed amount: S (Soll) is debit, H (Haben) credit. A code that is missing
    or contradicts the sign is a row nobody may book by guess: a check for rejection_reason. Zero fits both sides.
#}
{% macro debit_credit_mismatch(code_column, amount_column) -%}
    {{ return(rejected_when(
        'case ' ~ code_column
        ~ " when 'S' then " ~ amount(amount_column) ~ ' < 0'
        ~ " when 'H' then " ~ amount(amount_column) ~ ' > 0'
        ~ ' else true end',
        "'" ~ amount_column ~ " ' || coalesce(" ~ amount_column ~ ", 'missing')"
        ~ " || ' contradicts " ~ code_column ~ " ' || coalesce(" ~ code_column ~ ", 'missing')",
    )) }}
{%- endmacro %}


{# One text per key of a staging model of texts: English where there is one, else the first language by code. #}
{% macro preferred_texts(texts, keys) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by source_instance, {{ keys | join(', ') }}
                order by case when language_code = 'EN' then 0 else 1 end, language_code
            ) as language_rank
        from {{ texts }}
    ) as ranked_texts
    where language_rank = 1
{%- endmacro %}


{#
    The business partner behind each customer or supplier (`role`: its column in the partners), with the country of its
    first address and the tax number of its first kind: one row per role number, whatever SAP has several of.
#}
{% macro partners_by_role(role) -%}
    select
        partners.source_instance,
        partners.{{ role }},
        min(partners.business_partner_name) as business_partner_name,
        min_by(addresses.country_code, addresses.address_code) as country_code,
        min_by(tax_numbers.tax_id, tax_numbers.tax_type) as tax_id
    from {{ ref('stg_sap_s4hana__business_partners') }} as partners
    left join {{ ref('stg_sap_s4hana__business_partner_addresses') }} as addresses
        on
            partners.source_instance = addresses.source_instance
            and partners.business_partner_code = addresses.business_partner_code
    left join {{ ref('stg_sap_s4hana__business_partner_tax_numbers') }} as tax_numbers
        on
            partners.source_instance = tax_numbers.source_instance
            and partners.business_partner_code = tax_numbers.business_partner_code
    where partners.{{ role }} is not null
    group by partners.source_instance, partners.{{ role }}
{%- endmacro %}


{#
    An amount of a billing document with the sign of what it does to the receivable: negative for credit memos (O), for
    cancellations of invoices (N) and for credit memos between companies (6), as stated for all other categories. SAP
    states the amounts of a credit memo without a sign.
#}
{% macro signed_billing_amount(amount, document_category) -%}
    case when {{ is_billing_credit(document_category) }} then -abs({{ amount }}) else {{ amount }} end
{%- endmacro %}

{% macro is_billing_credit(document_category) -%}
    {{ document_category }} in ('N', 'O', '6')
{%- endmacro %}
