"""State that is not samples: alerts, silences, notifications, tokens and sessions."""
