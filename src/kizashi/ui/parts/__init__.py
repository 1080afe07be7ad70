"""What several pages share; no page is known here."""
