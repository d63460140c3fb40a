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
        min_by(addresses.postal_code, addresses.address_code) as postal_code,
        min_by(addresses.city_name, addresses.address_code) as city,
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


{# What kind of item a document of this type makes in a customer's or supplier's account. #}
{% macro sap_item_type(document_type) -%}
    case
        when {{ document_type }} in ('RV', 'DR', 'RE', 'KR') then 'invoice'
        when {{ document_type }} in ('DG', 'KG') then 'credit_memo'
        when {{ document_type }} in ('DZ', 'KZ') then 'payment'
        else 'other'
    end
{%- endmacro %}


{#
    The company code behind each company, the unit of consolidation that SAP's trading partner is. Where one company has
    several company codes the partner cannot be told and stays the company.
#}
{% macro sap_company_codes_of_companies(company_codes) -%}
    select
        source_instance,
        company_code,
        min(source_entity_id) as source_entity_id
    from {{ company_codes }}
    where company_code is not null
    group by source_instance, company_code
    having count(*) = 1
{%- endmacro %}


{#
    Billing documents as invoices. billing_documents: with the amounts SAP states; receivables: the items in accounts of
    customers, which know what a billing document does not: when it is due and what was paid.
#}
{% macro sap_billing_invoices(billing_documents, receivables) -%}
with

billing_documents as (
    select * from {{ billing_documents }}
),

receivables as (
    select * from {{ receivables }}
    where financial_account_type = 'D'
),

-- A billing document knows neither its due date nor its payment: its items in the customer's account do.
settlements as (
    select
        source_instance,
        billing_document_number,
        min(net_due_date) as due_date,
        bool_and(clearing_date is not null) as is_cleared
    from receivables
    where billing_document_number is not null
    group by source_instance, billing_document_number
),

-- A partial payment is an item of its own that names the accounting document it pays.
partial_payments as (
    select
        source_instance,
        source_entity_id,
        invoice_reference_fiscal_year as fiscal_year,
        invoice_reference as document_number,
        -sum(amount_transaction) as amount_paid_transaction
    from receivables
    where invoice_reference is not null and billing_document_number is null
    group by source_instance, source_entity_id, invoice_reference_fiscal_year, invoice_reference
),

signed as (
    select
        *,
        {{ is_billing_credit('document_category') }} as is_credit,
        cast({{ signed_billing_amount('amount_net_transaction', 'document_category') }} as {{ type_amount() }})
            as signed_net_amount,
        cast({{ signed_billing_amount('amount_tax_transaction', 'document_category') }} as {{ type_amount() }})
            as signed_tax_amount,
        cast({{ signed_billing_amount('amount_gross_transaction', 'document_category') }} as {{ type_amount() }})
            as signed_gross_amount
    from billing_documents
),

final as (
    select
        signed.source_invoice_id,
        signed.source_invoice_id as invoice_number,
        case when signed.is_credit then 'credit_note' else 'invoice' end as invoice_type,
        signed.source_entity_id,
        coalesce(signed.payer_source_customer_id, signed.sold_to_source_customer_id) as source_customer_id,
        signed.invoice_date,
        settlements.due_date,
        signed.signed_net_amount as amount_net_transaction,
        signed.signed_tax_amount as amount_tax_transaction,
        signed.signed_gross_amount as amount_gross_transaction,
        cast(
            case
                when settlements.is_cleared then signed.signed_gross_amount
                else coalesce(partial_payments.amount_paid_transaction, 0)
            end as {{ type_amount() }}
        ) as amount_paid_transaction,
        signed.transaction_currency,
        case
            when signed.is_cancelled or signed.cancels_source_invoice_id is not null then 'cancelled'
            -- A pro forma document is never posted.
            when signed.document_category = 'U' then 'draft'
            when settlements.is_cleared then 'paid'
            else 'open'
        end as invoice_status,
        cast(null as date) as voided_date,
        cast(null as varchar) as credited_source_invoice_id,
        -- SAP posts every billing document by itself.
        cast(null as varchar) as posting_batch,
        cast(null as varchar) as source_subscription_id,
        signed.source_instance,
        signed.load_id,
        signed.recorded_at
    from signed
    left join settlements
        on
            signed.source_instance = settlements.source_instance
            and signed.source_invoice_id = settlements.billing_document_number
    left join partial_payments
        on
            signed.source_instance = partial_payments.source_instance
            and signed.source_entity_id = partial_payments.source_entity_id
            and signed.fiscal_year = partial_payments.fiscal_year
            and signed.document_number = partial_payments.document_number
)

select * from final
{%- endmacro %}
