{#
    Finance & Operations' notations. A date is a moment at noon UTC, so that no zone moves it to another day; none is
    1900-01-01, no end 2154-12-31. OData names the members of enumerations, exports number them.
#}

{# The date; null for none and for no end. #}
{% macro d365_date(column) -%}
    nullif(nullif(cast({{ iso_timestamp(column) }} as date), date '1900-01-01'), date '2154-12-31')
{%- endmacro %}


{# Yes and No of the enumeration NoYes. #}
{% macro d365_flag(column) -%}
    case when {{ column }} in ('Yes', '1') then true when {{ column }} in ('No', '0') then false end
{%- endmacro %}


{# A member's name; a number becomes the name that `members` has for it, one that it does not know null. #}
{% macro d365_enum(column, members) -%}
    case
        {% for number, name in members.items() -%}
        when {{ column }} = '{{ number }}' then '{{ name }}'
        {% endfor -%}
        when {{ is_all_digits(column) }} then null
        else {{ text(column) }}
    end
{%- endmacro %}

{% macro d365_period_types() -%}
    {{ return({0: 'Opening', 1: 'Operating', 2: 'Closing'}) }}
{%- endmacro %}

{# What a posting or a transaction of a partner is of: those members of LedgerTransType that a ledger usually has. #}
{% macro d365_transaction_types() -%}
    {{ return({
        0: 'None', 1: 'Transfer', 2: 'Sales', 3: 'Purch', 4: 'Invent', 5: 'Production', 6: 'Project', 7: 'Interest',
        8: 'Cust', 9: 'ExchAdjustment', 10: 'SummedUp', 11: 'Payroll', 12: 'FixedAssets', 13: 'CollectionLetter',
        14: 'Vend', 15: 'Payment', 16: 'Tax', 17: 'Bank', 18: 'Conversion', 19: 'BillOfExchange', 20: 'PromissoryNote',
        21: 'Cost', 22: 'Work', 23: 'Fee', 24: 'Settlement', 25: 'Allocation', 26: 'Elimination', 27: 'CashDiscount',
        28: 'OverUnder', 29: 'PennyDifference', 30: 'CrossCompanySettlement', 31: 'PurchReq',
        34: 'ConversionReporting', 35: 'WriteOff', 36: 'GeneralJournal', 37: 'ReportingCurrencyAdjustment'
    }) }}
{%- endmacro %}


{# How many units of the first currency a rate is for. #}
{% macro d365_conversion_factor(column) -%}
    case {{ column }}
        when 'One' then 1
        when 'Ten' then 10
        when 'Hundred' then 100
        when 'Thousand' then 1000
        when 'TenThousand' then 10000
    end
{%- endmacro %}

{# What one unit of the first currency is worth. #}
{% macro d365_rate(column, factor) -%}
    cast({{ rate(column) }} / {{ d365_conversion_factor(factor) }} as {{ type_rate() }})
{%- endmacro %}


{# The text between the segments of an account. #}
{% macro d365_delimiter(column) -%}
    case {{ column }}
        when 'Hyphen' then '-' when 'Period' then '.' when 'Underscore' then '_' when 'Bar' then '|' when 'Tilde' then '~'
        when 'DoubleHyphen' then '--' when 'DoublePeriod' then '..' when 'DoubleUnderscore' then '__'
        when 'DoubleBar' then '||' when 'DoubleTilde' then '~~'
    end
{%- endmacro %}

{# The segment of an account that stands at the place of a dimension in its structure; null without one. #}
{% macro d365_segment(account, delimiter, structure, dimension) -%}
    {{ normalise_code('split_part(' ~ account ~ ', ' ~ delimiter ~ ', ' ~ d365_place(structure, dimension) ~ ')') }}
{%- endmacro %}

{# The place of a dimension among the segments of an account structure: past the last one where it is none of them. #}
{% macro d365_place(structure, dimension) -%}
    case {{ dimension }}
        {%- for place in range(1, 12) %}
        when {{ structure }}.segment_{{ place }} then {{ place }}
        {%- endfor %}
        else 12
    end
{%- endmacro %}


{# The legal entity that a value of a dimension is for; * where it is for all. #}
{% macro d365_owner(column) -%}
    coalesce({{ normalise_code(column) }}, '*')
{%- endmacro %}


{# A customer or vendor as the whole installation knows it: every legal entity numbers its own. #}
{% macro d365_partner(entity, number) -%}
    {{ entity }} || '/' || {{ number }}
{%- endmacro %}


{# Posting types of what the year-end close carries forward: balances, which the books have already. #}
{% macro d365_is_year_end_transfer(posting_type) -%}
    {{ posting_type }} = 'TransferOpeningClosing'
{%- endmacro %}


{# The transactions of customers or vendors, typed, with the reason to reject one if there is one. #}
{% macro d365_transactions(transactions) -%}
    with

    source as (
        {{ current_rows(transactions, ['dataAreaId', 'SourceKey']) }}
    ),

    final as (
        select
            source_instance,
            load_id,
            recorded_at,
            {{ natural_key(['dataAreaId', 'SourceKey']) }} as source_key,
            {{ normalise_code('dataAreaId') }} as source_entity_id,
            {{ whole_number('SourceKey') }} as transaction_record_id,
            {{ normalise_code('AccountNum') }} as counterparty_number,
            {{ text('Voucher') }} as voucher,
            {{ d365_date('TransDate') }} as posting_date,
            {{ d365_date('DocumentDate') }} as document_date,
            {{ d365_date('DueDate') }} as due_date,
            {{ d365_enum('TransType', d365_transaction_types()) }} as transaction_type,
            {{ text('Invoice') }} as invoice_number,
            {{ text('DocumentNum') }} as document_reference,
            {{ text('PaymReference') }} as payment_reference,
            {{ text('PaymTermId') }} as payment_terms_code,
            {{ normalise_code('PostingProfile') }} as posting_profile,
            {{ d365_flag('Correct') }} as is_correction,
            {{ normalise_code('CurrencyCode') }} as transaction_currency,
            {{ amount('AmountCur') }} as amount_transaction,
            {{ amount('AmountMST') }} as amount_local,
            {{ amount('ReportingCurrencyAmount') }} as amount_reporting,
            {{ amount('SettleAmountCur') }} as amount_settled,
            {{ d365_date('Closed') }} as closed_date,
            {{ iso_timestamp('SysModifiedDateTime') }} as modified_at,
            {{ rejection_reason([
                required('dataAreaId'),
                required('SourceKey', whole_number('SourceKey')),
                required('AccountNum'),
                required('Voucher'),
                required('TransDate', d365_date('TransDate')),
                castable('DocumentDate', iso_timestamp('DocumentDate')),
                castable('DueDate', iso_timestamp('DueDate')),
                required('TransType', d365_enum('TransType', d365_transaction_types())),
                castable('Correct', d365_flag('Correct')),
                required('CurrencyCode'),
                required('AmountCur', amount('AmountCur')),
                required('AmountMST', amount('AmountMST')),
                castable('ReportingCurrencyAmount', amount('ReportingCurrencyAmount')),
                required('SettleAmountCur', amount('SettleAmountCur')),
                castable('Closed', iso_timestamp('Closed')),
                required('SysModifiedDateTime', iso_timestamp('SysModifiedDateTime')),
            ]) }} as rejection_reason,
            {{ evidence(row_as_json('source')) }} as payload
        from source
    )

    select * from final
{%- endmacro %}


{# The sides of settlements of customers or vendors, typed, with the reason to reject one if there is one. #}
{% macro d365_settlements(settlements) -%}
    with

    source as (
        {{ current_rows(settlements, ['dataAreaId', 'SourceKey']) }}
    ),

    final as (
        select
            source_instance,
            load_id,
            recorded_at,
            {{ natural_key(['dataAreaId', 'SourceKey']) }} as source_key,
            {{ normalise_code('dataAreaId') }} as source_entity_id,
            {{ whole_number('SourceKey') }} as settlement_record_id,
            {{ whole_number('TransRecId') }} as transaction_record_id,
            {{ whole_number('OffsetRecid') }} as offset_record_id,
            {{ d365_date('TransDate') }} as settled_date,
            {{ amount('SettleAmountCur') }} as amount_settled,
            {{ text('SettlementVoucher') }} as settlement_voucher,
            {{ iso_timestamp('CreatedOn') }} as created_at,
            {{ rejection_reason([
                required('dataAreaId'),
                required('SourceKey', whole_number('SourceKey')),
                required('TransRecId', whole_number('TransRecId')),
                castable('OffsetRecid', whole_number('OffsetRecid')),
                required('TransDate', d365_date('TransDate')),
                required('SettleAmountCur', amount('SettleAmountCur')),
                required('CreatedOn', iso_timestamp('CreatedOn')),
            ]) }} as rejection_reason,
            {{ evidence(row_as_json('source')) }} as payload
        from source
    )

    select * from final
{%- endmacro %}
