"""What a way to select would find among all movements, judged from the few that were inspected."""
