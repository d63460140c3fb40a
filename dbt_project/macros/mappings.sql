{#
    The company's decisions (CSV files, all text) as the models use them. A decision counts when two people stand behind
    it: someone proposed it and someone else approved it. Rows that do not count are kept, with the reason, in
    canonical.mapping_rejected_rows.
#}

{# The last day of an open validity: half-open intervals end the day before. #}
{% macro open_end() -%}
    cast('9999-12-31' as date)
{%- endmacro %}

{# The beginning of a validity that covers all history. #}
{% macro open_start() -%}
    cast('0001-01-01' as date)
{%- endmacro %}


{# True on the days of a half-open validity: from valid_from until the day before valid_to. #}
{% macro is_valid_on(date, relation) -%}
    {{ date }} >= {{ relation }}.valid_from and {{ date }} < {{ relation }}.valid_to
{%- endmacro %}


{# The columns every mapping carries, typed. #}
{% macro decision_columns() -%}
    {{ iso_date('valid_from') }} as valid_from,
    coalesce({{ iso_date('valid_to') }}, {{ open_end() }}) as valid_to,
    {{ text('proposed_by') }} as proposed_by,
    {{ text('approved_by') }} as approved_by,
    {{ text('reason') }} as reason
{%- endmacro %}


{#
    An id of a source as people write it into a mapping: outer blanks and the zero padding of numbers do not count, case
    does (Salesforce's ids differ by it).
#}
{% macro mapped_id(column) -%}
    case
        when {{ is_all_digits('trim(' ~ column ~ ')') }} then {{ normalise_code(column) }}
        else {{ text(column) }}
    end
{%- endmacro %}


{# What a row of each mapping must hold; a mapping that is not listed here does not exist. #}
{% macro mapping_checks() -%}
    {{ return({
        'group_accounts': [
            required('group_account_code'),
            one_of('account_class', ['asset', 'liability', 'equity', 'income', 'expense']),
            one_of('statement', ['balance_sheet', 'income_statement']),
            required('statement_line'),
            required('statement_line_order', whole_number('statement_line_order')),
            one_of('normal_balance', ['debit', 'credit']),
            one_of('translation_method', ['closing', 'average', 'historical']),
            castable('is_intercompany', boolean('is_intercompany')),
        ],
        'accounts': [
            required('source_instance'), required('chart_code'), required('source_account_id'),
            required('group_account_code'),
        ],
        'product_families': [
            required('source_instance'), required('product_family_code'),
            required('source_product_id', "coalesce(nullif(source_product_id, ''), nullif(product_code, ''))"),
        ],
        'families': [required('product_family_code')],
        'customers': [required('source_instance'), required('source_customer_id'), required('customer_key')],
        'customer_separations': [
            required('source_instance'), required('source_customer_id'), required('other_instance'),
            required('other_customer_id'), one_of('decision', ['different']),
        ],
        'stages': [
            required('source_instance'), required('record_type'), required('stage_name'),
            one_of('forecast_category', ['pipeline', 'best_case', 'commit', 'closed', 'omitted']),
            castable('probability', rate('probability')),
        ],
        'territories': [required('source_instance'), required('source_territory_id'), required('source_entity_id')],
        'cost_centres': [
            required('source_instance'), required('source_cost_centre_id'), required('group_cost_centre_code'),
        ],
        'entities': [required('source_instance'), required('source_entity_id'), required('entity_code')],
        'bank_accounts': [
            required('source_instance'), required('source_bank_account_id'), required('entity_code'),
            required('source_account_id'),
        ],
        'owners': [required('exception_type'), required('entity_code'), required('owner')],
        'people': [required('user_name'), required('may_approve', boolean('may_approve'))],
        'tolerances': [
            required('reconciliation'), required('currency'),
            required('amount_absolute', amount('amount_absolute')), castable('percent', rate('percent')),
            castable('window_days', whole_number('window_days')),
        ],
        'adjustments': [
            required('adjustment_code'), required('line_number', whole_number('line_number')),
            required('entity_code'), required('ledger_code'), required('group_account_code'),
            required('amount_local', amount('amount_local')), required('local_currency'),
            required('valid_to', iso_date('valid_to')), required('reason'),
            rejected_when(
                iso_date('valid_to') ~ ' = ' ~ iso_date('valid_from'), "'taken back on the day it is posted'"
            ),
        ],
        'degradation_contracts': [
            required('consumer'), required('source'), one_of('phase', ['close', 'normal', '*']),
            required('max_age_days', whole_number('max_age_days')), one_of('action', ['hold', 'last_good', 'without']),
            rejected_when(
                "trim(action) <> 'last_good' and " ~ is_evidence('trim(consumer)'),
                "consumer || ' is evidence and always published'"
            ),
        ],
    }) }}
{%- endmacro %}

{# What names a row of each mapping: the same decision with another validity is another row. #}
{% macro mapping_keys() -%}
    {{ return({
        'group_accounts': ['group_account_code'],
        'accounts': ['source_instance', 'chart_code', 'source_account_id'],
        'product_families': ['source_instance', 'source_product_id', 'product_code'],
        'families': ['product_family_code'],
        'customers': ['source_instance', 'source_customer_id'],
        'customer_separations': ['source_instance', 'source_customer_id', 'other_instance', 'other_customer_id'],
        'stages': ['source_instance', 'record_type', 'stage_name'],
        'territories': ['source_instance', 'source_territory_id'],
        'cost_centres': ['source_instance', 'source_cost_centre_id'],
        'entities': ['source_instance', 'source_entity_id'],
        'bank_accounts': ['source_instance', 'source_bank_account_id'],
        'owners': ['exception_type', 'entity_code'],
        'people': ['user_name'],
        'tolerances': ['reconciliation', 'currency'],
        'adjustments': ['adjustment_code', 'line_number'],
        'degradation_contracts': ['consumer', 'source', 'phase'],
    }) }}
{%- endmacro %}

{#
    The list that the company keeps of what a mapping leads to: the column that must be on it, and the mapping that is
    the list, by the same column. A company that keeps none of it has nothing to check against.
#}
{% macro mapping_members() -%}
    {{ return({
        'accounts': {'column': 'group_account_code', 'listed_in': 'group_accounts'},
        'product_families': {'column': 'product_family_code', 'listed_in': 'families'},
    }) }}
{%- endmacro %}

{#
    What a row leads to must be listed on one of the days on which the row holds. On other days of the row nobody knows
    it: there what it is about stays unmapped.
#}
{% macro listed_members(mapping_name) -%}
    {%- set member = mapping_members().get(mapping_name) -%}
    {%- if not member -%}{{ return([]) }}{%- endif -%}
    {%- set column = mapping_name ~ '.' ~ member.column -%}
    {%- set listed -%}
        select 1
        from {{ source('mappings', member.listed_in) }} as {{ member.listed_in }}
        where
            {{ decision_rejection_reason(member.listed_in) }} is null
            and {{ iso_date(member.listed_in ~ '.valid_to') }}
            is distinct from {{ iso_date(member.listed_in ~ '.valid_from') }}
    {%- endset -%}
    {%- set named -%}
        {{ listed }} and {{ normalise_code(member.listed_in ~ '.' ~ member.column) }} = {{ normalise_code(column) }}
    {%- endset -%}
    {%- set named_on_its_days -%}
        {{ named }}
            and {{ iso_date(member.listed_in ~ '.valid_from') }}
            < coalesce({{ iso_date(mapping_name ~ '.valid_to') }}, {{ open_end() }})
            and coalesce({{ iso_date(member.listed_in ~ '.valid_to') }}, {{ open_end() }})
            > coalesce({{ iso_date(mapping_name ~ '.valid_from') }}, {{ open_start() }})
    {%- endset -%}
    {{ return([rejected_when(
        'nullif(trim(' ~ column ~ "), '') is not null and exists (" ~ listed ~ ') and not exists ('
        ~ named_on_its_days ~ ')',
        "'" ~ member.listed_in ~ " has ' || case when exists (" ~ named ~ ") then '' else 'no ' end || '" ~ member.column
        ~ " ''' || " ~ column ~ " || '''' || case when exists (" ~ named ~ ") then ' on other days only' else '' end"
    )]) }}
{%- endmacro %}

{# One of these words must stand there. #}
{% macro one_of(column, values) -%}
    {{ return(rejected_when(
        'coalesce(trim(' ~ column ~ "), '') not in ('" ~ values | join("', '") ~ "')",
        "'" ~ column ~ " is not one of " ~ values | join(', ') ~ ": ' || coalesce(" ~ column ~ ", '')"
    )) }}
{%- endmacro %}


{# Why a row of a mapping is not used, or null: why it is no decision, and what it leads to that nobody knows. #}
{% macro mapping_rejection_reason(mapping_name) -%}
    {{ rejection_reason(decision_checks(mapping_name) + listed_members(mapping_name)) }}
{%- endmacro %}

{# Why a row of a mapping is no decision of two people, or null. It stays one when its member is listed no longer. #}
{% macro decision_rejection_reason(mapping_name) -%}
    {{ rejection_reason(decision_checks(mapping_name)) }}
{%- endmacro %}

{# What makes a row a decision: what it must hold, readably, then the four eyes. #}
{% macro decision_checks(mapping_name) -%}
    {{ return(
        mapping_checks()[mapping_name]
        + [
            required('valid_from', iso_date('valid_from')),
            castable('valid_to', iso_date('valid_to')),
            rejected_when(iso_date('valid_to') ~ ' < ' ~ iso_date('valid_from'), "'valid_to is before valid_from'"),
            rejected_when("coalesce(trim(proposed_by), '') = ''", "'nobody proposed it'"),
            rejected_when("coalesce(trim(approved_by), '') = ''", "'not approved'"),
            rejected_when(
                'lower(trim(approved_by)) = lower(trim(proposed_by))',
                "'approved by its proposer: ' || approved_by"
            ),
        ]
    ) }}
{%- endmacro %}


{# The rows of a mapping that are used: approved, and not withdrawn. #}
{% macro approved_rows(mapping_name) -%}
    select *
    from {{ source('mappings', mapping_name) }} as {{ mapping_name }}
    where
        {{ mapping_rejection_reason(mapping_name) }} is null
        and {{ iso_date('valid_to') }} is distinct from {{ iso_date('valid_from') }}
{%- endmacro %}


{# True of a row that was withdrawn: it ends on the day it begins and holds on no day. A proposal is none yet. #}
{% macro is_withdrawn() -%}
    coalesce({{ iso_date('valid_to') }} = {{ iso_date('valid_from') }} and trim(approved_by) <> '', false)
{%- endmacro %}


{#
    All that two people stand behind in a row of a mapping, as text: every column that says something, by name, but the
    end of its validity, which comes later. A column that a release adds leaves the decisions before it as they were.
#}
{% macro decision_text(mapping_name) -%}
    {{ return(adapter.dispatch('decision_text')(mapping_name)) }}
{%- endmacro %}

{% macro duckdb__decision_text(mapping_name) -%}
    array_to_string(
        list_sort(list_filter(
            list_transform(
                json_keys(to_json({{ mapping_name }})),
                lambda name: name || ' ' || {{ text('json_extract_string(to_json(' ~ mapping_name ~ "), '$.' || name)") }}
            ),
            lambda said: said is not null and not starts_with(said, 'valid_to ')
        )),
        ', '
    )
{%- endmacro %}
