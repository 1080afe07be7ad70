"""The composition root: who works with whom, and in which loops; and what it measures of itself."""
