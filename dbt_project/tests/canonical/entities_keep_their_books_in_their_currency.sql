-- What an entity is said to keep its books in is what they are kept in.
select distinct
    entities.entity_code,
    entities.local_currency,
    trial_balances.local_currency as currency_of_books
from {{ ref('dim_entities') }} as entities
inner join {{ ref('fct_trial_balances') }} as trial_balances on entities.entity_id = trial_balances.entity_id
where entities.local_currency <> trial_balances.local_currency
