"""The whole back end on one machine, with Kizashi in front."""
