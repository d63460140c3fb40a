{#
    Pay runs from files, whatever their format: the source has summed the lines per cost centre, wage type and account, so
    that no person is in them, and says of each run what its lines came to. `runs` and `lines` are the landed relations.
#}

{# What names a run in a file. #}
{% macro payroll_run_key() -%}
    {{ return(['file_name', 'file_digest', 'company', 'period', 'run_id', 'pay_date', 'currency']) }}
{%- endmacro %}

{# What names a summed line in a file. #}
{% macro payroll_line_key() -%}
    {{ return(payroll_run_key() + [
        'cost_centre', 'wage_type', 'wage_type_name', 'account', 'side', 'employer_cost'
    ]) }}
{%- endmacro %}

{# Rows of two relations belong to the same run; what a file does not say is equal to nothing said. #}
{% macro is_same_payroll_run(relation, other) -%}
    {{ relation }}.source_instance = {{ other }}.source_instance
    {%- for column in payroll_run_key() %}
            and {{ relation }}.{{ column }} is not distinct from {{ other }}.{{ column }}
    {%- endfor %}
{%- endmacro %}

{# The first day of a month written as 202609; null for anything else. #}
{% macro month_of_code(column) -%}
    case
        when length({{ column }}) = 6 and {{ is_all_digits(column) }}
            then try_cast(substr({{ column }}, 1, 4) || '-' || substr({{ column }}, 5, 2) || '-01' as date)
    end
{%- endmacro %}


{# A base model of runs: one row per run of a file, or per file that cannot be read, with the reason to reject it. #}
{% macro base_payroll_runs(runs, lines) -%}
    with

    source as (
        {{ current_rows(runs, payroll_run_key()) }}
    ),

    lines as (
        {{ current_rows(lines, payroll_line_key()) }}
    ),

    line_totals as (
        select
            source_instance,
            {{ payroll_run_key() | join(', ') }},
            sum({{ whole_number('line_count') }}) as landed_line_count,
            sum(case when side = 'debit' then {{ amount('amount') }} else 0 end) as landed_debit,
            sum(case when side = 'credit' then {{ amount('amount') }} else 0 end) as landed_credit
        from lines
        group by source_instance, {{ payroll_run_key() | join(', ') }}
    ),

    currencies as (
        select * from {{ ref('currencies') }}
    ),

    typed as (
        select
            source.*,
            {{ row_as_json('source') }} as row_payload,
            currencies.currency_code,
            {{ amount('source.debit_total') }} as amount_debit,
            {{ amount('source.credit_total') }} as amount_credit,
            line_totals.landed_line_count,
            line_totals.landed_debit,
            line_totals.landed_credit
        from source
        left join line_totals on {{ is_same_payroll_run('source', 'line_totals') }}
        left join currencies on upper(source.currency) = currencies.currency_code
    ),

    checked as (
        select
            *,
            case
                when problem is not null then problem
                else {{ rejection_reason([
                    required('company'),
                    required('run_id'),
                    required('period', month_of_code('period')),
                    required('pay_date', iso_date('pay_date')),
                    rejected_when('currency_code is null', "'currency is unknown: ' || coalesce(currency, '')"),
                    rejected_when(
                        'declared_line_count is not null and declared_line_count <> line_count',
                        "'not all of its lines are there: ' || line_count || ' of ' || declared_line_count"
                    ),
                    rejected_when(
                        'amount_debit is distinct from amount_credit',
                        "'debits and credits differ: ' || concat_ws(' and ', debit_total, credit_total)"
                    ),
                    rejected_when(
                        'landed_line_count is distinct from ' ~ whole_number('line_count')
                        ~ ' or landed_debit <> amount_debit or landed_credit <> amount_credit',
                        "'its lines do not come to its totals'"
                    ),
                ]) }}
            end as own_reason
        from typed
    ),

    ranked as (
        select
            *,
            row_number() over versions as version_rank,
            first_value(file_name) over versions as used_file_name,
            first_value(debit_total) over versions as used_debit_total,
            first_value(line_count) over versions as used_line_count
        from checked
        window versions as (
            partition by source_instance, company, period, run_id, pay_date, currency
            order by case when own_reason is null then 0 else 1 end, file_modified_at, file_name, file_digest
        )
    ),

    judged as (
        select
            *,
            case
                when own_reason is not null then own_reason
                when version_rank = 1 then null
                when debit_total = used_debit_total and line_count = used_line_count
                    then 'duplicate: the run came before, in ' || used_file_name
                else 'another version of the run is used: ' || used_file_name
            end as rejection_reason
        from ranked
    )

    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(payroll_run_key()) }} as source_key,
        {{ payroll_run_key() | join(', ') }},
        {{ month_of_code('period') }} as period_month,
        currency_code,
        cast(landed_line_count as bigint) as landed_line_count,
        amount_debit,
        rejection_reason,
        {{ evidence('row_payload') }} as payload
    from judged
{%- endmacro %}


{# A base model of summed lines: one row per run, cost centre, wage type and account, with the reason to reject it. #}
{% macro base_payroll_lines(lines, base_runs) -%}
    with

    source as (
        {{ current_rows(lines, payroll_line_key()) }}
    ),

    runs as (
        select * from {{ base_runs }}
    ),

    typed as (
        select
            source.*,
            {{ row_as_json('source') }} as row_payload,
            runs.source_key as run_key,
            runs.period_month,
            runs.currency_code,
            runs.rejection_reason as run_reason
        from source
        left join runs on {{ is_same_payroll_run('source', 'runs') }}
    )

    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(payroll_line_key()) }} as source_key,
        {{ surrogate_key(payroll_line_key()) }} as payroll_line_key,
        {{ normalise_code('company') }} as source_entity_id,
        {{ text('run_id') }} as source_run_id,
        period_month,
        {{ iso_date('pay_date') }} as pay_date,
        {{ normalise_code('cost_centre') }} as source_cost_centre_id,
        {{ text('wage_type') }} as pay_component_code,
        {{ text('wage_type_name') }} as pay_component_name,
        {{ normalise_code('account') }} as source_account_id,
        cast(
            case side when 'debit' then 1 when 'credit' then -1 end * {{ amount('amount') }} as {{ type_amount() }}
        ) as amount_local,
        side,
        currency_code as local_currency,
        -- Where the file does not say what is the employer's cost: what is charged to a cost centre.
        case upper(employer_cost) when 'Y' then true when 'N' then false else coalesce(cost_centre, '') <> '' end
            as is_employer_cost,
        coalesce(
            {{ rejection_reason([
                required('account'),
                required('amount', amount('amount')),
                rejected_when("coalesce(side, '') not in ('debit', 'credit')", "'side is neither debit nor credit'"),
                rejected_when('run_key is null', "'its run did not arrive'"),
            ]) }},
            case
                when run_reason like 'duplicate: %' then run_reason
                when run_reason is not null then 'its run is not used: ' || run_reason
            end
        ) as rejection_reason,
        {{ evidence('row_payload') }} as payload
    from typed
{%- endmacro %}


{# A conformed model of register lines. #}
{% macro conformed_payroll_lines(lines) -%}
    select
        source_entity_id,
        source_run_id,
        period_month,
        pay_date,
        source_cost_centre_id,
        pay_component_code,
        pay_component_name,
        source_account_id,
        cast(sum(amount_local) as {{ type_amount() }}) as amount_local,
        local_currency,
        is_employer_cost,
        source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from {{ lines }}
    group by
        source_entity_id,
        source_run_id,
        period_month,
        pay_date,
        source_cost_centre_id,
        pay_component_code,
        pay_component_name,
        source_account_id,
        local_currency,
        is_employer_cost,
        source_instance
{%- endmacro %}
