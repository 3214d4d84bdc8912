"""What we knew, in the order we knew it: an append-only ledger and the states that follow from it."""
