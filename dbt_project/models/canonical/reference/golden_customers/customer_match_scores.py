# Grain: one row per pair of customer_match_pairs: the probability that both records are one company, and what agrees.
# In Python because splink, the library that makes the score, is. The parameters are the rows of a seed.
from finance_assets.lib.customer_matching import score_pairs


def model(dbt, session):
    """Return the scores of all pairs; without pairs there is nothing to score, and splink is not loaded."""
    dbt.config(materialized="table")
    # Both are asked for at all times: dbt reads off here what the model depends on.
    records = dbt.ref("customer_match_records").to_arrow_table()
    pairs = dbt.ref("customer_match_pairs").to_arrow_table()
    weights = dbt.ref("customer_match_weights").to_arrow_table()
    return score_pairs(records, pairs, weights)
