"""The page of a spectrum: how it is looked at, what is known of it, and the files it comes in."""
