"""Retrieval: spectra like one, by any measure, and on from each to the next."""
