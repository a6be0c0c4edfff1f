"""``starsieve plot``: one figure, for print or for a browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from starsieve.cli.evaluate_grid import read_grid
from starsieve.cli.explained import drivers
from starsieve.cli.figures import (
    Out,
    ThemeChoice,
    check_suffix,
    label_name,
    label_values,
    write_figure,
)
from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.options import ArchivePath, Draws, Seed, archive_if_there
from starsieve.cli.output import show_progress
from starsieve.cli.plot_inferred import inferred

if TYPE_CHECKING:
    from starsieve.atmospheres.grids.features import Features

plot_app = typer.Typer(
    name="plot",
    context_settings=CONTEXT,
    help="""Draw one figure: pdf, png or svg for print, html to zoom, hover and hide.

    For example:
      starsieve plot spectra grid.h5 --by teff --out by-teff.pdf
      starsieve plot features grid.h5 --scaling row --out boxes.html
      starsieve plot losses my-model --out losses.png
      starsieve plot quality my-model --kind regression --out report.html
      starsieve plot inferred spectrum.fits --kind corner --out corner.html
      starsieve plot drivers *.fits --out drivers.pdf
    """,
)
Grid = Annotated[str, typer.Argument(metavar="GRID", show_default=False)]


@plot_app.command(cls=Verb)
def spectra(
    grid: Grid,
    by: Annotated[str, typer.Option("--by", metavar="LABEL", help="The label that varies.")],
    out: Out,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="LABEL=VALUE", help="Another label's value; repeatable."),
    ] = None,
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw a model grid's spectra along one label, all others fixed, with a colour bar.

    For example:
      starsieve plot spectra grid.h5 --by teff --out by-teff.pdf
      starsieve plot spectra grid.h5 --by mh --at teff=1200 --at logg=5 --out by-mh.html

    GRID is a file of models or a collection. Labels that are not given are fixed where most
    values of the one that varies have a spectrum.
    """
    check_suffix(out)
    from starsieve.atmospheres.grids.pictures import plot_slice
    from starsieve.atmospheres.grids.slices import slice_grid

    name, models, _ = read_grid(grid, archive)
    found = slice_grid(models, label_name(by), label_values(at or []))

    def interactive(theme: Literal["light", "dark"]) -> Any:
        from starsieve.plots.interactive.grid_spectra import grid_spectra_figure

        return grid_spectra_figure(
            found.wave,
            found.flux,
            found.by,
            found.values,
            theme,
            fixed=found.fixed,
            flux_unit=found.flux_unit,
        )

    write_figure(out, lambda: plot_slice(found), interactive, theme, name)


@plot_app.command(cls=Verb)
def features(
    grid: Grid,
    out: Out,
    scaling: Annotated[
        Literal["none", "row", "column", "minmax-row", "minmax-column"],
        typer.Option("--scaling", help="Of the flux: by spectrum (row) or by pixel (column)."),
    ] = "row",
    of: Annotated[
        Literal["flux", "labels", "histograms"],
        typer.Option("--of", help="Boxes of pixels, boxes of labels, or histograms of labels."),
    ] = "flux",
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw how a model grid's fluxes and labels are distributed after scaling.

    For example:
      starsieve plot features grid.h5 --out boxes.pdf
      starsieve plot features grid.h5 --scaling minmax-column --out boxes.html
      starsieve plot features grid.h5 --of histograms --out labels.png
    """
    check_suffix(out)
    from starsieve.atmospheres.grids import pictures
    from starsieve.atmospheres.grids.features import scale_features

    name, models, _ = read_grid(grid, archive)
    found = scale_features(models, scaling)
    static = {
        "flux": pictures.plot_flux_boxes,
        "labels": pictures.plot_label_boxes,
        "histograms": pictures.plot_label_histograms,
    }[of]
    write_figure(out, lambda: static(found), lambda t: _feature_figure(found, of, t), theme, name)


def _feature_figure(found: "Features", of: str, theme: Literal["light", "dark"]) -> Any:
    import numpy as np

    from starsieve.atmospheres.grids.pictures import chosen_pixels, flux_words
    from starsieve.plots.interactive.features import boxes_figure, histograms_figure

    if of == "flux":
        names, rows = chosen_pixels(found)
        wave, words = "Vacuum wavelength (µm)", flux_words(found)
        return boxes_figure(found.flux[:, rows], names, theme, x_label=wave, y_label=words)
    values = {**found.labels, **found.extremes}
    if of == "labels":
        return boxes_figure(np.stack(list(values.values()), axis=1), list(values), theme)
    return histograms_figure(values, theme)


@plot_app.command(cls=Verb)
def losses(
    model: Annotated[str, typer.Argument(metavar="MODEL", show_default=False)],
    out: Out,
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw the losses of a model's training, of every part and every quantity.

    For example:
      starsieve plot losses diamondback-spex --out losses.pdf
      starsieve plot losses my-model --out losses.html
    """
    check_suffix(out)
    from starsieve.atmospheres.training import read_training
    from starsieve.errors import NotInArchiveError
    from starsieve.learn.library import find_model

    with archive_if_there(archive) as store:
        found = read_training(find_model(model, store))
    if found is None:
        msg = f"{model}: nobody wrote down how it was trained; there is nothing to draw."
        raise NotInArchiveError(msg)
    training = found

    def interactive(theme: Literal["light", "dark"]) -> Any:
        from starsieve.plots.interactive.training import training_figure

        return training_figure(training.losses, theme, training.kept_step)

    write_figure(out, training.plot, interactive, theme, training.model)


@plot_app.command(cls=Verb)
def quality(
    model: Annotated[str, typer.Argument(metavar="MODEL", show_default=False)],
    out: Out,
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", show_default=False)] = None,
    kind: Annotated[
        Literal["regression", "pairs", "coverage", "ranks"],
        typer.Option("--kind", help="What is drawn."),
    ] = "regression",
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="LABEL=COLUMN", help="Where PATH has a label."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="CONDITION", help="Rows of PATH that count."),
    ] = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw how good a model is: predictions against the truth, coverage, ranks.

    For example:
      starsieve plot quality diamondback-spex --out regression.pdf
      starsieve plot quality diamondback-spex --kind coverage --out coverage.html
      starsieve plot quality diamondback-spex labels.csv --kind pairs --out pairs.png

    On simulated observations, of nodes that the model never saw or between the nodes of several
    grids, or on the spectra of PATH, a table as for starsieve evaluate.
    """
    check_suffix(out)
    from starsieve.atmospheres.models import load_model
    from starsieve.atmospheres.quality import evaluate_for_figures, plot_quality, quality_figure
    from starsieve.cli.evaluate import to_pairs

    with archive_if_there(archive) as store:
        loaded = load_model(model, store)
    with show_progress("evaluating") as progress:
        found = evaluate_for_figures(
            loaded,
            path,
            columns=to_pairs(columns or []),
            where=where or [],
            draws=draws,
            seed=seed,
            progress=progress,
        )
    write_figure(
        out,
        lambda: plot_quality(found, kind),
        lambda t: quality_figure(found, kind, t),
        theme,
        f"{found.model}: {found.on}",
    )


plot_app.command(cls=Verb)(inferred)
plot_app.command(cls=Verb)(drivers)
