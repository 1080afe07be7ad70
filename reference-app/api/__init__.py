"""The to-do API: the service whose promise Kizashi watches."""
