"""Models on pages: their cards in full, how they were trained, how good they are, their files."""
