"""Lists of what the archive has: how addresses describe them, and how they look as tables."""
