"""`make mutate`: does a control see it when data or SQL are wrong? Every mutant is one thing wrong; see `__main__`."""
