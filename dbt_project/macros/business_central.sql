{#
    Business Central's notations: what is missing is written, too. A date that is none is 0001-01-01, a reference to
    nothing a GUID of zeros, an option without a value a blank; names of options have their blanks as _x0020_.
#}

{# The date, null for none. #}
{% macro business_central_date(column) -%}
    nullif({{ iso_date(column) }}, date '0001-01-01')
{%- endmacro %}


{# An identifier in lower case, null where it refers to nothing. #}
{% macro business_central_id(column) -%}
    nullif(lower({{ text(column) }}), '00000000-0000-0000-0000-000000000000')
{%- endmacro %}


{# The name of an option as people read it, null for none. #}
{% macro business_central_option(column) -%}
    nullif(trim(replace({{ column }}, '_x0020_', ' ')), '')
{%- endmacro %}


{# A record of a company as the whole instance knows it: every company numbers its customers, items and cost centres. #}
{% macro business_central_record(company, code) -%}
    {{ company }} || '/' || {{ code }}
{%- endmacro %}


{# The one ledger that every company has. #}
{% macro business_central_ledger() -%}
    'GL'
{%- endmacro %}


{# The ledger entries of customers or vendors, typed, with the reason to reject one if there is one. party: customer or
   vendor, as the fields are called. #}
{% macro business_central_ledger_entries(entries, party) -%}
    with

    source as (
        {{ current_rows(entries, ['companyId', 'id']) }}
    ),

    final as (
        select
            source_instance,
            load_id,
            recorded_at,
            {{ natural_key(['companyId', 'id']) }} as source_key,
            {{ business_central_id('companyId') }} as company_id,
            {{ business_central_id('id') }} as record_id,
            {{ whole_number('entryNumber') }} as entry_number,
            {{ normalise_code(party ~ 'Number') }} as counterparty_number,
            {{ normalise_code(party ~ 'PostingGroup') }} as posting_group_code,
            {{ business_central_date('postingDate') }} as posting_date,
            {{ business_central_date('documentDate') }} as document_date,
            {{ business_central_date('dueDate') }} as due_date,
            {{ business_central_option('documentType') }} as document_type,
            {{ text('documentNumber') }} as document_number,
            {{ text('externalDocumentNumber') }} as external_document_number,
            {{ normalise_code('currencyCode') }} as currency_code,
            {{ amount('amount') }} as amount_transaction,
            {{ amount('amountLcy') }} as amount_local,
            {{ amount('remainingAmount') }} as amount_remaining,
            {{ boolean('open') }} as is_open,
            {{ whole_number('closedByEntryNumber') }} as closed_by_entry_number,
            {{ business_central_date('closedAtDate') }} as closed_date,
            {{ whole_number('reversedByEntryNumber') }} as reversed_by_entry_number,
            {{ whole_number('reversedEntryNumber') }} as reversed_entry_number,
            {{ iso_timestamp('lastModifiedDateTime') }} as modified_at,
            {{ rejection_reason([
                required('companyId', business_central_id('companyId')),
                required('id', business_central_id('id')),
                required('entryNumber', whole_number('entryNumber')),
                required(party ~ 'Number'),
                required(party ~ 'PostingGroup'),
                required('postingDate', business_central_date('postingDate')),
                castable('documentDate', iso_date('documentDate')),
                castable('dueDate', iso_date('dueDate')),
                required('documentNumber'),
                required('amount', amount('amount')),
                required('amountLcy', amount('amountLcy')),
                required('remainingAmount', amount('remainingAmount')),
                required('open', boolean('open')),
                castable('closedByEntryNumber', whole_number('closedByEntryNumber')),
                castable('closedAtDate', iso_date('closedAtDate')),
                castable('reversedByEntryNumber', whole_number('reversedByEntryNumber')),
                castable('reversedEntryNumber', whole_number('reversedEntryNumber')),
                required('lastModifiedDateTime', iso_timestamp('lastModifiedDateTime')),
                rejected_when(
                    boolean('open') ~ ' <> (' ~ amount('remainingAmount') ~ ' <> 0)',
                    "'remainingAmount ' || remainingAmount || ' contradicts open ' || open"
                ),
            ]) }} as rejection_reason,
            {{ evidence(row_as_json('source')) }} as payload
        from source
    )

    select * from final
{%- endmacro %}
