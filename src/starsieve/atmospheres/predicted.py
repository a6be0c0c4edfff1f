"""Figures of the spectra that a posterior predicts for the object it was inferred from."""

from typing import TYPE_CHECKING, Any

from starsieve.atmospheres.best_fit import Fit
from starsieve.atmospheres.inference import Inference
from starsieve.atmospheres.predictive import Predictive
from starsieve.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.plots.interactive.style import Theme


def plot_prediction(inference: Inference, title: str = "") -> "Figure":
    """Plot the observed spectrum, the predicted ones, and the bands of 68 and 95 % of them.

    Parameters
    ----------
    inference : Inference
        Made with ``predict=True``.
    title : str
        The object's by default.

    Raises
    ------
    DataError
        If nothing was predicted.
    """
    from starsieve.plots.predicted import plot_predicted

    fit, bands, unit = _parts(inference)
    return plot_predicted(
        fit.wave,
        fit.flux,
        fit.sigma,
        fit.valid,
        bands,
        title=title or inference.title,
        flux_unit=unit,
    )


def prediction_figure(inference: Inference, theme: "Theme") -> Any:
    """Draw the same for a browser; see `plot_prediction`.

    Raises
    ------
    DataError
        If nothing was predicted.
    """
    from starsieve.plots.interactive.predicted import predicted_figure

    fit, bands, unit = _parts(inference)
    return predicted_figure(fit.wave, fit.flux, fit.sigma, fit.valid, bands, theme, flux_unit=unit)


def _parts(inference: Inference) -> tuple[Fit, Predictive, str]:
    """Return the observation, what is predicted of it, and the unit; a relative flux has none."""
    if inference.fit is None or inference.predictive is None:
        msg = (
            f"Nothing was predicted of {inference.title}: infer it with predict=True, and two "
            "draws or more."
        )
        raise DataError(msg)
    unit = inference.fit.flux_unit if inference.observed.flux_unit else ""
    return inference.fit, inference.predictive, unit
