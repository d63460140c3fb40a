"""One module per source system, each speaking its vendor's real protocol over the snapshot's tables."""
