"""From an alert to the words and the moment in which someone is told of it."""
