{#
    Oracle Fusion's notations: moments in extracts are UTC and have no zone, over REST they have one; a date may come with
    the midnight it begins at. Debit and credit are two columns of which one is empty.
#}

{# The date, also of its midnight; null for anything else. #}
{% macro fusion_date(column) -%}
    case
        when
            length({{ column }}) = 10
            or {{ column }} like '____-__-__ 00:00:00%'
            or {{ column }} like '____-__-__T00:00:00%'
            then try_cast(substr({{ column }}, 1, 10) as date)
    end
{%- endmacro %}


{# UTC timestamp: of an extract without a zone, or of REST with one. #}
{% macro fusion_timestamp(column) -%}
    case
        when {{ column }} like '____-__-__ __:__:__%' then try_cast({{ column }} as timestamp)
        else {{ iso_timestamp(column) }}
    end
{%- endmacro %}


{# Y and N. #}
{% macro fusion_flag(column) -%}
    case {{ column }} when 'Y' then true when 'N' then false end
{%- endmacro %}


{# SEGMENT2, of the ten segments that are read. #}
{% macro fusion_segment(column) -%}
    case
        when
            upper(trim({{ column }})) in (
                'SEGMENT1', 'SEGMENT2', 'SEGMENT3', 'SEGMENT4', 'SEGMENT5',
                'SEGMENT6', 'SEGMENT7', 'SEGMENT8', 'SEGMENT9', 'SEGMENT10'
            )
            then upper(trim({{ column }}))
    end
{%- endmacro %}


{# The value that a combination has in a segment, null where it has none: values of zeros stand for nothing. #}
{% macro fusion_segment_value(segment, combinations='code_combinations') -%}
    nullif(
        case {{ segment }}
        {%- for number in range(1, 11) %}
            when 'SEGMENT{{ number }}' then {{ combinations }}.segment_{{ number }}
        {%- endfor %}
        end,
        '0'
    )
{%- endmacro %}


{# The signed amount of a pair of columns, debit > 0. #}
{% macro fusion_signed(prefix) -%}
    cast(
        coalesce({{ amount(prefix ~ 'Dr') }}, 0) - coalesce({{ amount(prefix ~ 'Cr') }}, 0) as {{ type_amount() }}
    )
{%- endmacro %}

{# A line is a debit or a credit: one that is neither cannot be booked. Statistical lines have no money to book. #}
{% macro fusion_side_missing(prefix, currency_column) -%}
    {{ return(rejected_when(
        currency_column ~ " <> 'STAT' and coalesce(" ~ prefix ~ "Dr, '') = '' and coalesce(" ~ prefix ~ "Cr, '') = ''",
        "'" ~ prefix ~ " is neither debit nor credit'"
    )) }}
{%- endmacro %}


{# The code of the ledger that is reported on: every entity has a primary one. #}
{% macro fusion_ledger() -%}
    'PRIMARY'
{%- endmacro %}


{#
    The condition that a journal or line of a staging model exists: it is among the keys extracted last, or it has changed
    since they were. A store is extracted in up to six hours, within which nobody can tell which was first.
#}
{% macro fusion_exists(record, keys, key_column, key_extracts) -%}
    (
        {{ keys }}.{{ key_column }} is not null
        or {{ key_extracts }}.extracted_at is null
        or {{ record }}.modified_at > {{ key_extracts }}.extracted_at - interval '6' hour
    )
{%- endmacro %}

{#
    When the keys of a data store of the general ledger were extracted last, one row per instance. Stores of the same name
    under another application module hold something else.
#}
{% macro fusion_key_extracts(data_store) -%}
    select
        source_instance,
        max(extracted_at) as extracted_at
    from {{ ref('stg_oracle_fusion__extract_files') }}
    where holds = 'keys' and data_store = 'fscmtopmodelam_finextractam_glbiccextractam_{{ data_store }}'
    group by source_instance
{%- endmacro %}


{# Lines of invoices or credit memos, typed, with the reason to reject one if there is one. #}
{% macro fusion_receivables_lines(lines) -%}
    with

    source as (
        {{ current_rows(lines, [
            'CustomerTransactionId',
            'CustomerTransactionLineId'
        ]) }}
    ),

    final as (
        select
            source_instance,
            load_id,
            recorded_at,
            coalesce(is_removed, false) as is_removed,
            {{ natural_key(['CustomerTransactionId', 'CustomerTransactionLineId']) }} as source_key,
            {{ text('CustomerTransactionId') }} as transaction_id,
            {{ text('CustomerTransactionLineId') }} as line_id,
            {{ text('LineNumber') }} as line_number,
            {{ normalise_code('ItemNumber') }} as product_code,
            {{ text('Description') }} as line_text,
            {{ quantity('Quantity') }} as quantity,
            {{ unit_price('UnitSellingPrice') }} as unit_price,
            {{ amount('LineAmount') }} as amount_net,
            {{ rejection_reason([
                required('CustomerTransactionId'),
                required('CustomerTransactionLineId'),
                castable('Quantity', quantity('Quantity')),
                castable('UnitSellingPrice', unit_price('UnitSellingPrice')),
                required('LineAmount', amount('LineAmount')),
            ]) }} as rejection_reason,
            {{ evidence(row_as_json('source')) }} as payload
        from source
    )

    select * from final
{%- endmacro %}
