"""The handbook, served by Kizashi itself: pages, their order, and search."""
