"""Rules that turn evidence into alerts, and the alert state machine."""
