"""Which wavelengths drive each parameter of many spectra: the mean over their explanations."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.explanation import Explanation
from starsieve.data.labels import get_label
from starsieve.data.spectrum import FloatArray
from starsieve.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from starsieve.plots.interactive.style import Theme

HALF = 0.5
"""Share of the spectra in which a band has an effect, from which on it is called a driver."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MeanExplanation:
    """What bands do to each parameter, over spectra that were explained by the same model.

    Parameters
    ----------
    names : tuple of str
        The model's labels.
    bands : array, shape (n_bands, 2)
        Edges in micron, vacuum.
    n_spectra : int
    n_asked : array of int, shape (n_bands,)
        Spectra from which a band could be left out: all means are over these.
    influence : array, shape (n_bands, n_labels)
        Mean influence, in sigma of each spectrum; NaN where `n_asked` is 0.
    spread : array, shape (n_bands, n_labels, 2)
        16th and 84th percentile of the influence.
    shift : array, shape (n_bands, n_labels)
        Median shift without the band, in sigma: near 0 if it goes either way.
    widening : array, shape (n_bands, n_labels)
        Median widening of the interval without the band.
    share : array, shape (n_bands, n_labels)
        Of the spectra, how many of them a band has an effect on beyond the draws' scatter.
    strongest : array of int, shape (n_bands, n_labels)
        Spectra in which no other band has more influence.
    floor : array, shape (n_labels,)
        Mean influence of draws on each other.
    """

    names: tuple[str, ...]
    bands: FloatArray
    n_spectra: int
    n_asked: npt.NDArray[np.int64]
    influence: FloatArray
    spread: FloatArray
    shift: FloatArray
    widening: FloatArray
    share: FloatArray
    strongest: npt.NDArray[np.int64]
    floor: FloatArray

    def __repr__(self) -> str:
        return f"<MeanExplanation of {self.n_spectra} spectra: {'; '.join(self.sentences())}>"

    def drivers(self, name: str) -> list[int]:
        """Return the rows of bands that have an effect on half of the spectra, strongest first.

        Raises
        ------
        DataError
            If there is no such label.
        """
        if name not in self.names:
            msg = f"There is no label {name!r}. There are: {', '.join(self.names)}."
            raise DataError(msg)
        column = self.names.index(name)
        influence = np.nan_to_num(self.influence[:, column], nan=-1.0)
        order = np.argsort(-influence, kind="stable")
        return [int(row) for row in order if self.share[row, column] >= HALF]

    def sentences(self, most: int = 3) -> Iterator[str]:
        """Yield one line for each label: its strongest bands, at most so many."""
        for column, name in enumerate(self.names):
            found = [
                f"{self.bands[row, 0]:.2f}-{self.bands[row, 1]:.2f} micron "
                f"({self.influence[row, column]:.2f} sigma, in {self.share[row, column]:.0%})"
                for row in self.drivers(name)[:most]
            ]
            yield f"{name}: {', '.join(found) or 'no band in half of the spectra'}"

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON; what is not a number becomes None."""
        tables = {"influence": self.influence, "shift": self.shift, "widening": self.widening}
        tables |= {"q16_influence": self.spread[..., 0], "q84_influence": self.spread[..., 1]}
        tables |= {"share": self.share}
        labels = {
            name: {key: _list(table[:, column]) for key, table in tables.items()}
            | {
                "unit": get_label(name).unit,
                "strongest": self.strongest[:, column].tolist(),
                "floor": float(self.floor[column]),
                "drivers_um": self.bands[self.drivers(name)].tolist(),
            }
            for column, name in enumerate(self.names)
        }
        known = {"n_spectra": self.n_spectra, "bands_um": self.bands.tolist()}
        return known | {"n_asked": self.n_asked.tolist(), "parameters": labels}

    def plot(self, *, title: str = "") -> "Figure":
        """Return a figure of every parameter's mean influence by band."""
        from starsieve.plots.mean_explanations import plot_mean_explanation

        return plot_mean_explanation(self, title=title)

    def figure(self, theme: "Theme") -> Any:
        """Return the same for a browser."""
        from starsieve.plots.interactive.mean_explanations import mean_explanation_figure

        return mean_explanation_figure(self, theme)


def average_explanations(explanations: Sequence[Explanation]) -> MeanExplanation:
    """Average what bands do over spectra, by parameter.

    Every spectrum counts alike, in units of its own sigma. A band that a spectrum lacks does not
    count for that spectrum.

    Parameters
    ----------
    explanations : sequence of Explanation
        By the same model and with the same bands.

    Raises
    ------
    DataError
        If there are none, or their labels or bands differ.
    """
    if not explanations:
        msg = "There is no explanation to average: infer(..., explain=True) makes them."
        raise DataError(msg)
    first = explanations[0]
    for each in explanations[1:]:
        if each.names != first.names or not np.array_equal(each.bands, first.bands):
            msg = (
                "Explanations by different models or bands can't be averaged: expected "
                f"{len(first.bands)} bands and {', '.join(first.names)}, got {len(each.bands)} "
                f"and {', '.join(each.names)}. Average those of one model at a time."
            )
            raise DataError(msg)
    influence, shift, widening = (
        np.stack([getattr(each, of) for each in explanations])
        for of in ("influence", "shift", "widening")
    )
    known = np.isfinite(influence)
    beyond = known & (influence > np.stack([each.floor for each in explanations])[:, None])
    asked = known.any(axis=2).sum(axis=0)
    return MeanExplanation(
        names=first.names,
        bands=first.bands,
        n_spectra=len(explanations),
        n_asked=asked,
        influence=_over(influence, np.mean),
        spread=np.stack([_over(influence, np.quantile, q=q) for q in (0.16, 0.84)], axis=-1),
        shift=_over(shift, np.median),
        widening=_over(widening, np.median),
        share=beyond.sum(axis=0) / np.maximum(asked, 1)[:, None],
        strongest=_count_strongest(np.where(beyond, influence, -1.0)),
        floor=np.mean([each.floor for each in explanations], axis=0),
    )


def _over(values: FloatArray, of: Callable[..., Any], **options: float) -> FloatArray:
    """Return a statistic over spectra, shape (n_bands, n_labels); NaN where none has a value."""
    found = np.full(values.shape[1:], np.nan)
    for row, column in np.ndindex(found.shape):
        known = values[np.isfinite(values[:, row, column]), row, column]
        if len(known):
            found[row, column] = of(known, **options)
    return found


def _count_strongest(influence: FloatArray) -> npt.NDArray[np.int64]:
    """Return how often each band comes first, shape (n_bands, n_labels); -1 is no influence."""
    first = np.argmax(influence, axis=1)
    bands = np.arange(influence.shape[1])[:, None, None]
    return np.asarray(((first == bands) & (influence.max(axis=1) > 0)).sum(axis=1))


def _list(values: FloatArray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
