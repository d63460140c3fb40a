-- Grain: one row per ledger, entity, fiscal period and account scope with lines, of instances that have control totals.
-- What the canonical ledger holds, counted and summed the way its control total is (fct_control_totals). It is taken on
-- the trial balance, the end of the way: what is lost anywhere before it is missing here.
with

trial_balances as (
    select
        *,
        case when is_balance_sheet then 'balance_sheet' else 'income_statement' end as account_scope
    from {{ ref('fct_trial_balances') }}
    -- The two accounts that the trial balance makes itself are in no control total.
    where source_account_id not in ({{ result_in_equity_account() }}, 'RETAINED EARNINGS')
),

-- What an instance holds of days on which another keeps the books is counted there too.
cut_over_balances as (
    select
        ledger_code,
        entity_id,
        entity_code,
        fiscal_year,
        fiscal_period,
        fiscal_period > 12 as is_special,
        case when is_balance_sheet then 'balance_sheet' else 'income_statement' end as account_scope,
        local_currency,
        source_instance,
        sum(greatest(amount_local, 0)) as amount_debit_local,
        sum(least(amount_local, 0)) as amount_credit_local,
        sum(amount_local) as amount_closing_local,
        count(*) as line_count,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from {{ ref('fct_cut_over_lines') }}
    group by
        ledger_code, entity_id, entity_code, fiscal_year, fiscal_period, account_id, is_balance_sheet, local_currency,
        source_instance
),

balances as (
    {%- for relation in ['trial_balances', 'cut_over_balances'] %}
    select
        ledger_code,
        entity_id,
        entity_code,
        fiscal_year,
        fiscal_period,
        is_special,
        account_scope,
        local_currency,
        source_instance,
        amount_debit_local,
        amount_credit_local,
        amount_closing_local,
        line_count,
        load_id,
        recorded_at
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

ways_to_count as (
    select distinct
        source_instance,
        account_scope,
        amount_basis,
        case when amount_basis <> 'postings' then fiscal_period > 12 end as is_special
    from {{ ref('fct_control_totals') }}
),

counted as (
    select
        balances.*,
        ways_to_count.account_scope as counted_scope,
        case ways_to_count.amount_basis
            when 'postings' then balances.amount_debit_local
            when 'movement' then greatest(balances.amount_debit_local + balances.amount_credit_local, 0)
            when 'closing' then greatest(balances.amount_closing_local, 0)
        end as amount_debit,
        case ways_to_count.amount_basis
            when 'postings' then balances.amount_credit_local
            when 'movement' then least(balances.amount_debit_local + balances.amount_credit_local, 0)
            when 'closing' then least(balances.amount_closing_local, 0)
        end as amount_credit
    from balances
    inner join ways_to_count
        on
            balances.source_instance = ways_to_count.source_instance
            and (
                ways_to_count.account_scope = 'all'
                or balances.account_scope = ways_to_count.account_scope
            )
            and coalesce(ways_to_count.is_special, balances.is_special) = balances.is_special
),

final as (
    select
        ledger_code,
        entity_id,
        entity_code,
        fiscal_year,
        fiscal_period,
        counted_scope as account_scope,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(amount_debit) as {{ type_amount() }}) as amount_debit_local,
        cast(sum(amount_credit) as {{ type_amount() }}) as amount_credit_local,
        local_currency,
        source_instance,
        {{ newest_load_id() }} as load_id,
        max(recorded_at) as recorded_at
    from counted
    group by
        ledger_code, entity_id, entity_code, fiscal_year, fiscal_period, counted_scope, local_currency, source_instance
    having sum(line_count) > 0
)

select * from final
