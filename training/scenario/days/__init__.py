"""What happens on a day: trade, journeys, signals, true risks and what is carried."""
