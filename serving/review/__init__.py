"""Pages for the people who decide: queue, case, decision, figures."""
