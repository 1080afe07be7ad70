"""A Prometheus-compatible server that is read instead of scraping."""
