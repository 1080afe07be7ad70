"""Values everything else is written in: labels, matchers, durations."""
