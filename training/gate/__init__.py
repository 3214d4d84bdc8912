"""Whether a challenger may replace the champion: shadow run, checks, a second person, the way back."""
