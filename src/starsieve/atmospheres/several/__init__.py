"""One posterior from several grids of models and, if there are any, from labelled spectra."""
