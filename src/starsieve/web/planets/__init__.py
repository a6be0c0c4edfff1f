"""Candidates and stars as the pages show them."""
