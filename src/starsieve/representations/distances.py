"""In which units two spectra are apart among the latents of a model."""

import numpy as np
import numpy.typing as npt

from starsieve.data import Embeddings


def typical_errors(embeddings: Embeddings) -> npt.NDArray[np.float64]:
    """Return the median error of each latent, shape (n_latents,); 1 where a model has none.

    Divided by it, a difference counts by how well it is known. Latents of a unit prior otherwise
    make a component that is all noise count as much as the one that is the temperature.
    """
    ones = np.ones(embeddings.latents.shape[1])
    if embeddings.sigma is None or not embeddings.known.any():
        return ones
    errors = np.median(np.asarray(embeddings.sigma, np.float64)[embeddings.known], axis=0)
    return np.where(np.isfinite(errors) & (errors > 0), errors, ones)
