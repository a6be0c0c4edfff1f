"""Parameters of brown dwarfs and exoplanets from spectra, learnt from model grids."""
