"""The HTTP server: who may be connected, what a request may be, and for how long."""
