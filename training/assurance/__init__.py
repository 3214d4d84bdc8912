"""What Vardar promises, measured where the truth is known: on made-up years nobody tuned to."""
