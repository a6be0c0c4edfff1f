"""Steps between the archive and a network: each takes a SpectrumSet and returns a new one.

A transform is a frozen record. It is written in a recipe, fitted once on training data, and
stored whole in the model, so that prediction repeats exactly what training did.
"""

from starsieve.transforms.resample import Resample

AnyTransform = Resample
"""Every transform a recipe may name: a union told apart by `kind` once there are two of them."""

__all__ = ["AnyTransform", "Resample"]
