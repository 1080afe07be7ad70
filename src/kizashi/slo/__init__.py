"""Objectives, policies, windows, budgets and burn rates."""
