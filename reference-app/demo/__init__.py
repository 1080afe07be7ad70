"""Kizashi as a demo runs it: with a simulated past, and a page of faults."""
