"""What every service of the reference application shares."""
