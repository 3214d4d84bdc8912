"""What becomes of Vardar when its own selections become its own labels, year after year."""
