"""A page about the spectra that are unlike all others: where they lie, and what they look like."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starsieve.archive import Archive
from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.plots import inline_svg, plot_fit
from starsieve.plots.sliders import plot_outliers
from starsieve.reports import Facts, Page, Part, Picture, Section, Svg, Table, Text, write_page
from starsieve.representations.models import Representation, load_representation
from starsieve.representations.outliers import Outliers, score_collection
from starsieve.representations.service_recipes import OutliersRecipe

Progress = Callable[[int, int, str], None]
INDEX = "index.html"
MOST_DRAWN = 50


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """An observation on the model's grid and what the model makes of it; see `FittedModel`."""

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    model_flux: FloatArray
    flux_unit: str = ""

    @property
    def spectrum(self) -> Spectrum:
        """The observation."""
        return Spectrum(self.wave, self.flux, valid=self.valid)


def write_outliers(
    recipe: OutliersRecipe, archive: Archive, folder: Path, progress: Progress | None = None
) -> Path:
    """Write a page with the most unusual spectra of a collection; return where it is.

    Raises
    ------
    FileError
        If the folder can't be written to.
    """
    found = score_collection(recipe, archive)
    infos = {info.id: info for info in archive.spectra.table(recipe.collection)}
    rows = found.order[: recipe.k]
    numbers = found.ids[rows].tolist()
    titles = [infos[number].object or f"spectrum {number}" for number in numbers]
    model = load_representation(recipe.model, archive)
    pictures: list[Part] = []
    for rank, number in enumerate(numbers[:MOST_DRAWN], start=1):
        pictures.append(_picture(model, archive, number, f"{rank}. {titles[rank - 1]}"))
        if progress is not None:
            progress(rank, min(len(numbers), MOST_DRAWN), "drawing")
    map_ = plot_outliers(found.misfit, found.loneliness, rows, titles)
    sections = [
        Section("", [Text(_explain(found)), _draw_map(inline_svg(map_, "map"))]),
        Section("Ranked", [_table(found, rows.tolist(), titles)]),
        Section("Spectra", pictures),
        Section("Origin", [Facts([("collection", [recipe.collection]), ("model", [model.name])])]),
    ]
    return write_page(Page(f"Outliers of {recipe.collection}", sections), folder / INDEX)


def _explain(found: Outliers) -> str:
    scored = int(np.isfinite(found.score).sum())
    return (
        f"{scored} spectra, ranked by how unlike the others they are. Misfit is the logarithm of "
        "the reconstruction's chi-square, loneliness that of the distance to the spectra of other "
        "stars, both in robust deviations from the median; the score is the root of the sum of "
        "their squares, as far as they are positive."
    )


def _draw_map(svg: str) -> Picture:
    return Picture(
        Svg(svg),
        alt="Misfit of every spectrum against its loneliness, with the outliers marked",
        caption="Every spectrum; the ranked ones are circled.",
    )


def _table(found: Outliers, rows: list[int], titles: list[str]) -> Table:
    cells = [
        [
            title,
            str(found.ids[row]),
            f"{found.score[row]:.1f}",
            f"{found.misfit[row]:.1f}" if np.isfinite(found.misfit[row]) else "",
            f"{found.loneliness[row]:.1f}",
        ]
        for row, title in zip(rows, titles, strict=True)
    ]
    return Table(["Object", "Spectrum", "Score", "Misfit", "Loneliness"], cells)


def _picture(model: Representation, archive: Archive, number: int, title: str) -> Picture:
    """Draw a spectrum with what the model makes of it, on the model's grid."""
    inputs = model.prepare(archive.spectra.read([number]))
    latents = model.encode_inputs(inputs, np.array([number])).latents
    seen = np.asarray(inputs.valid[0] & np.isfinite(inputs.sigma[0]))
    fit = Reconstruction(
        wave=model.wave,
        flux=inputs.flux[0].astype(np.float64),
        sigma=inputs.sigma[0].astype(np.float64),
        valid=seen,
        model_flux=model.decode(latents)[0],
    )
    figure = plot_fit(fit.spectrum, fit, title=title)
    svg = Svg(inline_svg(figure, f"s{number}"))
    return Picture(svg, alt=f"Spectrum and reconstruction: {title}")
