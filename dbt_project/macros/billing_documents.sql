{#
    What the billing vendors share. Each vendor's model says what its own words mean; here is what follows from it.
#}

{#
    Invoices and credit notes of a vendor as rows of one contract: invoices > 0 (as they are), credit notes < 0. Both are
    relations in the words of the contract; a credit note has amounts > 0 as on the document, amount_used_transaction,
    and what it does not say of entity, posting batch and subscription is its invoice's.
#}
{% macro billing_documents(invoices, credit_notes) -%}
    select
        source_invoice_id,
        invoice_number,
        'invoice' as invoice_type,
        source_entity_id,
        source_customer_id,
        invoice_date,
        due_date,
        amount_net_transaction,
        amount_tax_transaction,
        amount_gross_transaction,
        amount_paid_transaction,
        transaction_currency,
        invoice_status,
        voided_date,
        cast(null as varchar) as credited_source_invoice_id,
        posting_batch,
        source_subscription_id,
        source_instance,
        load_id,
        recorded_at
    from {{ invoices }}
    union all
    select
        credit_notes.source_credit_note_id as source_invoice_id,
        credit_notes.credit_note_number as invoice_number,
        'credit_note' as invoice_type,
        coalesce(credit_notes.source_entity_id, invoices.source_entity_id) as source_entity_id,
        credit_notes.source_customer_id,
        credit_notes.credit_note_date as invoice_date,
        credit_notes.credit_note_date as due_date,
        -credit_notes.amount_net_transaction as amount_net_transaction,
        -credit_notes.amount_tax_transaction as amount_tax_transaction,
        -credit_notes.amount_gross_transaction as amount_gross_transaction,
        case
            when credit_notes.credit_note_status in ('draft', 'void') then 0
            else -credit_notes.amount_used_transaction
        end as amount_paid_transaction,
        credit_notes.transaction_currency,
        credit_notes.credit_note_status as invoice_status,
        cast(null as date) as voided_date,
        credit_notes.source_invoice_id as credited_source_invoice_id,
        coalesce(credit_notes.posting_batch, invoices.posting_batch) as posting_batch,
        coalesce(credit_notes.source_subscription_id, invoices.source_subscription_id) as source_subscription_id,
        credit_notes.source_instance,
        credit_notes.load_id,
        credit_notes.recorded_at
    from {{ credit_notes }} as credit_notes
    left join {{ invoices }} as invoices
        on
            credit_notes.source_instance = invoices.source_instance
            and credit_notes.source_invoice_id = invoices.source_invoice_id
{%- endmacro %}


{# The day on which a period of so many days, weeks, months or years that begins on a date is over. #}
{% macro period_end_date(start_date, period, period_unit) -%}
    case
        when {{ period_unit }} in ('month', 'year')
            then {{ months_after(start_date, period ~ ' * case ' ~ period_unit ~ " when 'year' then 12 else 1 end") }}
        else {{ days_after(start_date, period ~ ' * case ' ~ period_unit ~ " when 'week' then 7 else 1 end") }}
    end
{%- endmacro %}


{#
    What a payment is made of: a share per invoice it settles, and one for what settles none (of the invoice it was meant
    for, where that is known). `payments` have source_payment_id, amount_transaction and meant_for_invoice_id;
    `settlements` source_payment_id, source_invoice_id and amount_settled. Shares sum to their payment.
#}
{% macro payment_shares(payments, settlements) -%}
    select
        settlements.source_instance,
        settlements.source_payment_id,
        settlements.source_invoice_id,
        sum(settlements.amount_settled) as amount_share
    from {{ settlements }} as settlements
    group by settlements.source_instance, settlements.source_payment_id, settlements.source_invoice_id
    having sum(settlements.amount_settled) <> 0
    union all
    select
        payments.source_instance,
        payments.source_payment_id,
        payments.meant_for_invoice_id as source_invoice_id,
        payments.amount_transaction - coalesce(settled.amount_settled, 0) as amount_share
    from {{ payments }} as payments
    left join (
        select
            source_instance,
            source_payment_id,
            sum(amount_settled) as amount_settled
        from {{ settlements }}
        group by source_instance, source_payment_id
    ) as settled
        on
            payments.source_instance = settled.source_instance
            and payments.source_payment_id = settled.source_payment_id
    where payments.amount_transaction <> coalesce(settled.amount_settled, 0)
{%- endmacro %}
