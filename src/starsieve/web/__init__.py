"""The web app: everything in an archive, seen, searched and questioned in a browser."""
