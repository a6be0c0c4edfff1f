"""``starsieve plot inferred``: what was inferred of one spectrum."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from starsieve.cli.figures import Out, ThemeChoice, check_suffix, label_name, write_figure
from starsieve.cli.further import make_further
from starsieve.cli.options import ArchivePath, Draws, ModelName, Seed, archive_if_there

if TYPE_CHECKING:
    from starsieve.atmospheres.distances import Distance
    from starsieve.atmospheres.inference import Inference

Kind = Literal["predicted", "corner", "radius-map"]


def inferred(
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, show_default=False)],
    out: Out,
    kind: Annotated[
        Kind, typer.Option("--kind", help="Predicted spectra, the posterior, or chi-square.")
    ] = "predicted",
    by: Annotated[
        str, typer.Option("--by", metavar="LABEL", help="Of radius-map: the other axis.")
    ] = "teff",
    model: ModelName = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    distance: Annotated[
        str | None, typer.Option("--distance", metavar="PC", help="For a radius: 11.13+-0.05.")
    ] = None,
    parallax: Annotated[
        str | None, typer.Option("--parallax", metavar="MAS", help="The same: 89.8+-0.4.")
    ] = None,
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw what was inferred of a spectrum: predicted spectra, the posterior, or chi-square.

    For example:
      starsieve plot inferred spectrum.fits --out predicted.pdf
      starsieve plot inferred spectrum.fits --kind corner --out corner.html
      starsieve plot inferred spectrum.fits --kind radius-map --distance 11.13 --out map.pdf

    Bands hold 68 and 95 % of the model spectra at draws from the posterior; of several grids,
    each gives as many as it weighs. A radius map is chi-square over a label and the radius, all
    other labels fitted at each point, and is made with a model of one grid.
    """
    check_suffix(out)
    far = make_further(False, distance, parallax, None, None, []).distance
    _check_distance(kind, far)
    from starsieve.atmospheres.infer import infer
    from starsieve.atmospheres.models import (
        DEFAULT,
        OF_ONE_GRID,
        AtmosphereModel,
        load_model,
        of_one_grid,
    )
    from starsieve.errors import DataError

    with archive_if_there(archive) as store:
        if kind == "radius-map":
            loaded: AtmosphereModel = of_one_grid(load_model(model or OF_ONE_GRID, store))
        else:
            loaded = load_model(model or DEFAULT, store)
    wanted: dict[str, Any] = {"predict": kind == "predicted", "distance": far}
    results = infer(file, loaded, draws=draws, seed=seed, **wanted)
    if not len(results):
        msg = f"{file}: {results.failures[0].error}"
        raise DataError(msg)
    _draw(results[0], loaded, kind, label_name(by), out, theme)


def _check_distance(kind: Kind, distance: "Distance | None") -> None:
    if kind == "radius-map" and distance is None:
        msg = "--kind radius-map needs --distance PC or --parallax MAS."
        raise typer.BadParameter(msg)
    if kind != "radius-map" and distance is not None:
        msg = "--distance and --parallax are for --kind radius-map."
        raise typer.BadParameter(msg)


def _draw(
    result: "Inference", model: Any, kind: Kind, by: str, out: Path, theme: Literal["light", "dark"]
) -> None:
    """Write one figure of a kind."""
    title = result.title
    if kind == "corner":
        of = f"Posterior of {title}"
        write_figure(out, result.plot_corner, lambda t: _corner(result, t), theme, of)
    elif kind == "predicted":
        from starsieve.atmospheres.predicted import plot_prediction, prediction_figure

        drawn = (lambda: plot_prediction(result), lambda t: prediction_figure(result, t))
        write_figure(out, *drawn, theme, title)
    else:
        from starsieve.atmospheres.models import of_one_grid
        from starsieve.atmospheres.radius_map import map_figure, map_inference, plot_map

        found = map_inference(result, of_one_grid(model), by)
        drawn = (lambda: plot_map(result, found), lambda t: map_figure(result, found, t))
        write_figure(out, *drawn, theme, f"Chi-square of {title}")


def _corner(result: "Inference", theme: Literal["light", "dark"]) -> Any:
    from starsieve.plots.interactive.posteriors import corner_figure

    return corner_figure(
        result.draws,
        result.names,
        theme,
        ranges=result.ranges,
        best=dict(result.fit.parameters) if result.fit else None,
        quoted={name: result.quote(name) for name in result.names},
    )
