"""Steps between the archive and a network: each takes a SpectrumSet and returns a new one.

A transform is a frozen record. It is written in a recipe, fitted once on training data, and
stored whole in the model, so that prediction repeats exactly what training did.
"""
