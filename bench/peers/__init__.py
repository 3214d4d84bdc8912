"""What Vardar's service is measured against: other services of the same trees, run for real."""
