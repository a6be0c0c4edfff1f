"""Uploads: what a file is, and what the shipped models and the archive say of it."""
