{#
    The matching engine: the items of two populations put together by ordered rules, strongest first, as one query of
    windows and ranked joins.

    A population is a relation with one row per item: item_key (unique), source_instance, entity_code,
    counterparty_key, item_date, period_end_date, currency_code, amount, load_id, partner_due_date (until then a missing
    partner is no difference; null: never), and whatever the rules name: references, is_reversal and is_reversed,
    business_day_number.

    The rules are data, YAML in the model `<reconciliation>_matches`, which holds nothing else (dbt docs show it there):

        compares_dates: true            a partner in another period, or a right side that comes later, is timing
        no_partner_needed_within: zero  | tolerance: an item so small may stand alone; default: none may
        rules:
          - name: invoice_number        becomes rule_name
            kind: one_to_one            | one_to_many | many_to_one | many_to_many | reversal | duplicate
            key: [entity_code, {left: invoice_number, right: reference}]
            amount: tolerance           | exact | any | all_but_one
            currency: any               pairs only: partners may differ in currency (default: they may not)
            window_business_days: 3     pairs only: neither reference nor luck, see below
            left_where, right_where     SQL over the population: which items the rule is for
            side: right                 reversal and duplicate: of which side

    - **one_to_one** pairs what has the same key: equal amounts first, the earliest with the earliest; then, where a
      side has a single item, the nearest that agrees within tolerance. With `amount: any` the earliest is taken
      whatever its amount, and the difference is the outcome. Several on both sides that are not equal to the cent are
      ambiguous.
    - **one_to_many, many_to_one** hold one item against the sum of all the other side's (a summarised posting).
      `all_but_one` finds the one item that was left out of the sum.
    - **many_to_many** closes all items of a key when both sides add up to the same.
    - **one_to_one with window_business_days** has no reference to go by. It settles a pair only where each is the
      other's one best partner, by difference in amount and then in days. Items that nothing tells apart are a bundle, matched
      as a whole or not at all. It looks twice, because what is settled frees its neighbours; whoever still has a
      candidate then is ambiguous: it keeps no partner and says so in `finding`.
    - **reversal** closes a posting of one side and the posting that takes it back; **duplicate** closes what shares the
      key of an earlier item of its side.

    An item without a key, or in no rule's `where`, is not for that rule. What a rule takes is closed to the later ones.
    An item that shares the key of a pair which was taken is its duplicate, unless a later rule takes it. The tolerance is
    max(absolute, percent of the left amount) from `tolerances_by_currency`: the row of `<reconciliation>/<rule>` where
    there is one, else that of the reconciliation.

    Grain of what comes back: one row per item, or per pair. A row counts an item (left_item_count, right_item_count)
    or only names it; every item is counted on exactly one row, which carries its outcome, and the amounts of the rows
    add up to those of the items, per key. In a sum the one item is counted on the first row, its amount spread over
    the rows, so that a difference stands on the first row alone.
#}
{% macro match_items(reconciliation_name, left_items, right_items, rules_text, tolerances=none) -%}
    {%- set tolerances = tolerances or ref('tolerances_by_currency') -%}
    {%- set definition = fromyaml(rules_text) -%}
    {%- set rules = definition.rules -%}
    {%- set passes = matching_passes(rules) -%}
    {%- set carried = matching_carried_columns(rules) -%}
    with

    open_0 as (
        {{ matching_population('left', left_items, rules) }}

        union all

        {{ matching_population('right', right_items, rules) }}
    ),

    tolerances as (
        select
            reconciliation_name,
            currency_code,
            amount_absolute,
            percent_of_amount
        from {{ tolerances }}
        where
            reconciliation_name = '{{ reconciliation_name }}'
            or reconciliation_name like '{{ reconciliation_name }}/%'
    ),

    {%- for pass in passes %}

    -- {{ pass.rule.name }}: {{ pass.kind }}
    eligible_{{ loop.index }} as (
        {{ matching_eligible(reconciliation_name, pass, 'open_' ~ loop.index0) }}
    ),

    {{ matching_pass(pass, 'eligible_' ~ loop.index, loop.index) }}

    decided_{{ loop.index }} as (
        {{ matching_decision(pass, 'seen_' ~ loop.index, carried) }}
    ),

    open_{{ loop.index }} as (
        select {{ carried | join(', ') }} from decided_{{ loop.index }}
        where match_id is null
        union all
        select {{ carried | join(', ') }} from open_{{ loop.index0 }}
        where not {{ matching_is_eligible(pass) }}
    ),

    {%- endfor %}

    {{ matching_outcomes(reconciliation_name, definition, passes) }}
{%- endmacro %}


{#
    The passes of the rules in their order, each with its key columns. A pair rule with tolerance looks for equal
    amounts first; a pair rule without reference looks twice.
#}
{% macro matching_passes(rules) -%}
    {%- set kinds = {
        'one_to_one': ['exact_pairs', 'exact_pairs near_pairs', 'loose_pairs'],
        'one_to_many': ['sum', 'sum', 'sum'],
        'many_to_one': ['sum', 'sum', 'sum'],
        'many_to_many': ['group', 'group', 'group'],
        'reversal': ['reversal', 'reversal', 'reversal'],
        'duplicate': ['duplicates', 'duplicates', 'duplicates'],
    } -%}
    {%- set passes = [] -%}
    {%- for rule in rules -%}
        {%- set amount = rule.amount or 'exact' -%}
        {%- set known = [
            'name', 'kind', 'key', 'amount', 'currency', 'window_business_days', 'left_where', 'right_where', 'side'
        ] -%}
        {%- set unknown = rule.keys() | reject('in', known) | list -%}
        {%- if rule.kind not in kinds or amount not in ['exact', 'tolerance', 'any', 'all_but_one'] or unknown -%}
            {{ exceptions.raise_compiler_error(
                'matching rule ' ~ rule.name ~ ': kind ' ~ rule.kind ~ ' or amount ' ~ amount ~ ' does not exist, or '
                ~ 'the engine does not know ' ~ unknown
            ) }}
        {%- endif -%}
        {%- set names = [] -%}
        {%- for column in rule.key -%}
            {%- do names.append(column if column is string else column.left ~ '__' ~ column.right) -%}
        {%- endfor -%}
        {%- if rule.window_business_days is defined -%}
            {%- set steps = ['window', 'window'] -%}
        {%- elif amount == 'all_but_one' -%}
            {%- set steps = ['all_but_one'] -%}
        {%- else -%}
            {%- set steps = kinds[rule.kind][['exact', 'tolerance', 'any'].index(amount)].split() -%}
        {%- endif -%}
        {%- set number = loop.index -%}
        {%- for step in steps -%}
            {%- do passes.append({
                'rule': rule, 'number': number, 'kind': step, 'amount': amount, 'key': names,
                'is_last': loop.last,
                'partition': names if rule.currency == 'any' or 'currency_code' in names else names + ['currency_code'],
                'many': 'left' if rule.kind == 'many_to_one' else 'right',
                'one': 'right' if rule.kind == 'many_to_one' else 'left',
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(passes) }}
{%- endmacro %}


{# The columns that go through all passes: what identifies and orders an item, the keys, what was found so far. #}
{% macro matching_carried_columns(rules) -%}
    {%- set columns = [
        'side', 'item_key', 'currency_code', 'amount', 'item_date', 'period_end_date', 'partner_due_date', 'finding',
        'rule_name', 'twin_key'
    ] -%}
    {%- for pass in matching_passes(rules) -%}
        {%- for column in pass.key if column not in columns -%}{%- do columns.append(column) -%}{%- endfor -%}
        {%- if pass.kind == 'reversal' and 'is_reversal' not in columns -%}
            {%- do columns.append('is_reversal') -%}{%- do columns.append('is_reversed') -%}
        {%- endif -%}
        {%- if pass.kind == 'window' and 'business_day_number' not in columns -%}
            {%- do columns.append('business_day_number') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for rule in rules if rule.left_where or rule.right_where -%}
        {%- do columns.append('is_for_' ~ rule.name) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{# A population in the engine's own columns. #}
{% macro matching_population(side, items, rules) -%}
    select
        '{{ side }}' as side,
        cast(item_key as varchar) as item_key,
        currency_code,
        cast(amount as {{ type_amount() }}) as amount,
        cast(item_date as date) as item_date,
        cast(period_end_date as date) as period_end_date,
        cast(partner_due_date as date) as partner_due_date,
        cast(null as varchar) as finding,
        cast(null as varchar) as rule_name,
        cast(null as varchar) as twin_key
        {%- set done = ['currency_code'] -%}
        {%- for rule in rules -%}
            {%- for column in rule.key -%}
                {%- set name = column if column is string else column.left ~ '__' ~ column.right -%}
                {%- set source = column if column is string else column[side] -%}
                {%- if name not in done %}
        , {{ source }} as {{ name }}
                    {%- do done.append(name) -%}
                {%- endif -%}
            {%- endfor -%}
            {%- if rule.kind == 'reversal' and 'is_reversal' not in done %}
        , {{ 'coalesce(is_reversal, false)' if side == rule.side else 'false' }} as is_reversal
        , {{ 'coalesce(is_reversed, false)' if side == rule.side else 'false' }} as is_reversed
                {%- do done.append('is_reversal') -%}
            {%- endif -%}
            {%- if rule.window_business_days is defined and 'business_day_number' not in done %}
        , business_day_number
                {%- do done.append('business_day_number') -%}
            {%- endif -%}
            {%- if rule.left_where or rule.right_where %}
        , coalesce({{ rule[side ~ '_where'] or 'true' }}, false) as is_for_{{ rule.name }}
            {%- endif -%}
        {%- endfor %}
    from {{ items }}
{%- endmacro %}
