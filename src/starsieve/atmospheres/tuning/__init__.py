"""Tune models of several grids on labelled spectra, calibrate them, and judge them."""
