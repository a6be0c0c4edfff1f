"""Speed and quality, each beside its baseline."""
