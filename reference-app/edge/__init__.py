"""The front door: one origin for pages, API and login, its log, and what that counts."""
