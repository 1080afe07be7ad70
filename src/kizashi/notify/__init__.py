"""How people are told: one file for each kind of receiver."""
