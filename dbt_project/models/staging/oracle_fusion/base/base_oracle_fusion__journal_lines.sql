-- Grain: one row per line of a journal.
-- Amounts are signed, debit > 0: the debit less the credit. A correction may be a debit or credit below zero.
with

source as (
    {{ current_rows(source('landed_oracle_fusion', 'journal_lines'), ['JeHeaderId', 'JeLineNum']) }}
),

final as (
    select
        source_instance,
        load_id,
        recorded_at,
        {{ natural_key(['JeHeaderId', 'JeLineNum']) }} as source_key,
        {{ text('JeHeaderId') }} as header_id,
        {{ text('JeLineNum') }} as line_number,
        {{ text('GlJeLinesCodeCombinationId') }} as code_combination_id,
        {{ normalise_code('GlJeLinesCurrencyCode') }} as currency_code,
        {{ fusion_signed('GlJeLinesEntered') }} as amount_transaction,
        {{ fusion_signed('GlJeLinesAccounted') }} as amount_local,
        {{ text('GlJeLinesDescription') }} as line_text,
        {{ normalise_code('GlJeLinesReference1') }} as reference,
        {{ text('GlJeLinesGlSlLinkId') }} as link_id,
        {{ text('GlJeLinesGlSlLinkTable') }} as link_table,
        {{ fusion_timestamp('GlJeLinesLastUpdateDate') }} as modified_at,
        {{ rejection_reason([
            required('JeHeaderId'),
            required('JeLineNum'),
            required('GlJeLinesCodeCombinationId'),
            required('GlJeLinesCurrencyCode'),
            fusion_side_missing('GlJeLinesEntered', 'GlJeLinesCurrencyCode'),
            castable('GlJeLinesEnteredDr', amount('GlJeLinesEnteredDr')),
            castable('GlJeLinesEnteredCr', amount('GlJeLinesEnteredCr')),
            fusion_side_missing('GlJeLinesAccounted', 'GlJeLinesCurrencyCode'),
            castable('GlJeLinesAccountedDr', amount('GlJeLinesAccountedDr')),
            castable('GlJeLinesAccountedCr', amount('GlJeLinesAccountedCr')),
            required('GlJeLinesLastUpdateDate', fusion_timestamp('GlJeLinesLastUpdateDate')),
        ]) }} as rejection_reason,
        {{ evidence(row_as_json('source')) }} as payload
    from source
)

select * from final
