"""How often the service is right, measured on sentences written for it."""
