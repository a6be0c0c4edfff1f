"""The spectra that a posterior predicts for the object it was inferred from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.models import PosteriorModel
from starsieve.errors import DataError
from starsieve.stats.bands import Bands

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.plots.interactive.style import Theme


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """An observation, and the spectra of the grid at draws from its posterior.

    Parameters
    ----------
    fit : Fit
        The observation on the model's grid.
    bands : Bands
        The predicted spectra, each scaled to the observation as well as it goes.
    title : str
    flux_unit : str
        Of both; empty where the observation has a relative flux.
    """

    fit: Fit
    bands: Bands
    title: str
    flux_unit: str = ""

    def plot(self) -> "Figure":
        """Return the figure: observed, predicted, and the bands of 68 and 95 %."""
        from starsieve.plots.predicted import plot_predicted

        fit = self.fit
        return plot_predicted(
            fit.wave, fit.flux, fit.sigma, fit.valid, self.bands,
            title=self.title, flux_unit=self.flux_unit,
        )  # fmt: skip

    def figure(self, theme: "Theme") -> Any:
        """Return the same for a browser."""
        from starsieve.plots.interactive.predicted import predicted_figure

        fit = self.fit
        return predicted_figure(
            fit.wave, fit.flux, fit.sigma, fit.valid, self.bands, theme, flux_unit=self.flux_unit
        )


def predict_spectra(inference: Inference, model: PosteriorModel, n_draws: int = 300) -> Predicted:
    """Return the model spectra at draws from a posterior, scaled to the observation.

    Parameters
    ----------
    inference : Inference
    model : PosteriorModel
        The one that it was made by.
    n_draws : int
        At most so many of its draws are used.

    Raises
    ------
    DataError
        If the inference has no fit, its labels are others, or `n_draws` is below two.
    """
    fit = inference.fit
    if fit is None or inference.names != model.grid.names:
        lacks = "has no fit" if fit is None else f"is of {', '.join(inference.names)}"
        msg = f"The inference {lacks}; {model.name} predicts {', '.join(model.grid.names)}."
        raise DataError(msg)
    if n_draws < 2:
        msg = f"n_draws must be at least 2, got {n_draws}."
        raise DataError(msg)
    rows = np.unique(np.linspace(0, len(inference.draws) - 1, n_draws).astype(int))
    spectra = model.grid(inference.draws[rows])
    weight = np.where(fit.valid, 1.0 / fit.sigma**2, 0.0)
    flux = np.where(fit.valid, fit.flux, 0.0)
    scale = (spectra @ (weight * flux)) / (spectra**2 @ weight)
    unit = fit.flux_unit if inference.observed.flux_unit else ""
    return Predicted(fit, Bands(spectra * scale[:, None]), inference.title, unit)
