"""Runs on pages: what can be started and by which form, how far a run is, and what it made."""
