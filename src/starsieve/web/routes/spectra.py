"""The page of a spectrum, its figures, and the files it comes in."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response

from starsieve.archive import PredictionRow
from starsieve.errors import DataError
from starsieve.plots.interactive.posteriors import corner_figure
from starsieve.plots.interactive.spectra import spectrum_figure
from starsieve.plots.interactive.spectrum_overlays import Overlay
from starsieve.plots.interactive.spectrum_template import N_OVERLAYS
from starsieve.plots.interactive.style import as_json
from starsieve.reports import draw_thumbnail
from starsieve.web.answers import (
    CSV,
    FITS,
    SVG,
    VOTABLE,
    csv_answer,
    fits_answer,
    json_answer,
)
from starsieve.web.cached import Cached
from starsieve.web.dependencies import Archived, Errandry, Theme
from starsieve.web.errands import Errand
from starsieve.web.inferred import tell_prediction
from starsieve.web.pages import render
from starsieve.web.spectra import context
from starsieve.web.spectra.files import file_stem, to_csv, to_fits, to_votable
from starsieve.web.spectra.kept import read_bands, read_draws, read_fit
from starsieve.web.spectra.look import FigureLook, Look
from starsieve.web.spectra.near import find_likes, title_of
from starsieve.web.spectra.page import name_of, read_page
from starsieve.web.spectra.posterior import ask_posterior
from starsieve.web.spectra.stored import get_spectrum

router = APIRouter(tags=["spectra"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the spectrum, in the archive.")]
Model = Annotated[str, Query(max_length=80, description="A model that infers parameters.")]
Space = Annotated[str | None, Query(alias="model", max_length=80, description="Whose latents.")]
Count = Annotated[int, Query(ge=1, le=50, description="How many.")]

LIKES = 8
"""Spectra shown on the page of one."""

_thumbnails: Cached[str] = Cached(4096)

THUMBNAIL = (
    "<style>polyline{fill:none;stroke:#3a8fc8;stroke-width:1.3;"
    "vector-effect:non-scaling-stroke}</style>"
)


@router.get("/spectra/{number:int}", include_in_schema=False)
def spectrum_page(request: Request, number: Number, look: Annotated[Look, Query()]) -> Response:
    """Show a spectrum and all that is known of it."""
    archive = request.app.state.archive
    page = read_page(archive, number)
    shown = look.fitting(page.info.flux_unit)
    given = context.page_context(archive, page, shown, str(request.base_url))
    return render(request, "spectra/spectrum.html", figures=True, **given)


@router.get("/spectra/{number:int}.json")
def spectrum_record(
    archive: Archived,
    number: Number,
    pixels: Annotated[bool, Query(description="Whether to tell the pixels, too.")] = False,
) -> Response:
    """Return all that is known of a spectrum: labels, what models say, where it comes from."""
    found = read_page(archive, number).to_record()
    if pixels:
        spectrum = get_spectrum(archive, number)
        found["pixels"] = {
            "wave_um": spectrum.wave,
            "flux": spectrum.flux,
            "sigma": spectrum.sigma,
            "valid": spectrum.usable,
        }
    return json_answer(found)


@router.get("/spectra/{number:int}.fits", responses=FITS)
def spectrum_fits(archive: Archived, number: Number) -> Response:
    """Return the pixels as a FITS table: wave (vacuum micron), flux, sigma, valid."""
    info = archive.spectra.info(number)
    content = to_fits(get_spectrum(archive, number), info)
    return fits_answer(content, f"{file_stem(info)}.fits")


@router.get("/spectra/{number:int}.csv", responses=CSV)
def spectrum_csv(archive: Archived, number: Number) -> Response:
    """Return the pixels as CSV: wave_um, flux, sigma, valid."""
    info = archive.spectra.info(number)
    headers = {"Content-Disposition": f'attachment; filename="{file_stem(info)}.csv"'}
    content = to_csv(get_spectrum(archive, number))
    return Response(content, media_type="text/csv", headers=headers)


@router.get("/spectra/{number:int}.vot", responses=VOTABLE)
def spectrum_votable(archive: Archived, number: Number) -> Response:
    """Return the pixels as VOTable: wave (vacuum micron), flux, sigma, valid."""
    info = archive.spectra.info(number)
    headers = {"Content-Disposition": f'attachment; filename="{file_stem(info)}.vot"'}
    content = to_votable(get_spectrum(archive, number), info)
    return Response(content, media_type="application/x-votable+xml", headers=headers)


@router.get("/spectra/{number:int}/figure.json")
def spectrum_drawn(
    archive: Archived, errands: Errandry, number: Number, look: Annotated[FigureLook, Query()]
) -> Response:
    """Return the figure of a spectrum for BokehJS; without a model that is still at work.

    ``about.waiting`` tells how far it is then, and ``posterior.json`` when it is done.
    """
    spectrum = get_spectrum(archive, number)
    fitting = look.fitting(spectrum.flux_unit)
    errand = ask(archive, errands, number, fitting.model) if fitting.model else None
    done = errand is not None and errand.status == "done"
    figure = spectrum_figure(
        spectrum,
        fitting.theme,
        fitting.to_spectrum_look(),
        fit=read_fit(errand.folder, result_of(errand)["best_fit"]) if errand and done else None,
        bands=read_bands(errand.folder) if errand and done else None,
        overlays=[_overlay(archive, other) for other in fitting.overlay],
    )
    item = as_json(figure, fitting.theme)
    item["about"] |= context.about(spectrum) | {"note": _flux_note(look, fitting), "waiting": None}
    item["about"] |= {} if errand is None else _about_model(errand, fitting.model)
    return json_answer(item)


@router.get("/spectra/{number:int}/corner.json")
def spectrum_corner(
    archive: Archived, errands: Errandry, number: Number, model: Model, theme: Theme = "light"
) -> Response:
    """Return the corner plot of a posterior for BokehJS; 202 while the model works."""
    errand = ask(archive, errands, number, model)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    found, fit = result_of(errand), result_of(errand)["best_fit"]
    figure = corner_figure(
        read_draws(errand.folder),
        found["names"],
        theme,
        ranges={name: (low, high) for name, (low, high) in found["ranges"].items()},
        best={} if fit is None else fit["parameters"],
        quoted=found["quoted"],
    )
    return json_answer(as_json(figure, theme))


@router.get("/spectra/{number:int}/posterior.json")
def spectrum_posterior(
    archive: Archived,
    errands: Errandry,
    number: Number,
    model: Model,
    draws: Annotated[bool, Query(description="Whether to tell the draws, too.")] = False,
) -> Response:
    """Return a posterior in numbers, with all that says how it was made; 202 until it is there."""
    errand = ask(archive, errands, number, model)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    found = {"status": "done", **result_of(errand)}
    if draws:
        found["draws"] = read_draws(errand.folder)
    return json_answer(found)


@router.get("/spectra/{number:int}/similar", include_in_schema=False)
def similar_page(request: Request, number: Number, look: Annotated[Look, Query()]) -> Response:
    """Show which spectra are like one."""
    archive = request.app.state.archive
    page = read_page(archive, number)
    likes = find_likes(archive, page.info, None, LIKES)
    laid = [[*look.overlay, each.id][-N_OVERLAYS:] for each in likes.near]
    given: dict[str, Any] = {
        "likes": likes,
        "title": page.title,
        "titles": [title_of(each) for each in likes.near],
        "overlays": [look.query(overlay=numbers) for numbers in laid],
    }
    return render(request, "spectra/similar.html", **given)


@router.get("/spectra/{number:int}/similar.json")
def similar_record(
    archive: Archived, number: Number, model: Space = None, k: Count = 10
) -> Response:
    """Return the spectra most like one by the latents of a model."""
    return json_answer(find_likes(archive, archive.spectra.info(number), model, k).to_record())


@router.get("/spectra/{number:int}/similar.csv", responses=CSV)
def similar_csv(archive: Archived, number: Number, model: Space = None, k: Count = 10) -> Response:
    """Return the spectra most like one as CSV."""
    return csv_answer(find_likes(archive, archive.spectra.info(number), model, k).table)


@router.get("/spectra/{number:int}/thumbnail.svg", responses=SVG)
def thumbnail(archive: Archived, number: Number) -> Response:
    """Return a spectrum as small as a word."""
    svg = _thumbnails.get((str(archive.root), number), lambda: _draw_small(archive, number))
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _draw_small(archive: Archived, number: int) -> str:
    spectrum = get_spectrum(archive, number)
    flux = np.where(spectrum.usable, spectrum.flux, np.nan)
    drawn = draw_thumbnail(spectrum.wave, flux).markup
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        "<polyline", f"{THUMBNAIL}<polyline", 1
    )


def ask(archive: Archived, errands: Errandry, number: int, model: str) -> Errand:
    return ask_posterior(archive, errands, number, model, stored_by(archive, number, model))


def stored_by(archive: Archived, number: int, model: str) -> PredictionRow | None:
    said = archive.predictions.of_spectrum(number)
    return next((row for row in said if row.model == model), None)


def result_of(errand: Errand) -> dict[str, Any]:
    if errand.status == "failed" or errand.result is None:
        raise DataError(errand.error or "This has been deleted meanwhile. Ask again.")
    return errand.result


def _about_model(errand: Errand, model: str) -> dict[str, Any]:
    """Return what a figure says of the model over a spectrum, or of why there is none yet."""
    if not errand.has_ended:
        return {"waiting": errand.to_record()}
    if errand.status != "done":
        return {"note": f"{model} has no fit: {errand.error}"}
    words = tell_prediction(errand.result)
    return {"predicted": words or f"{model} predicts none."}


def _overlay(archive: Archived, number: int) -> Overlay:
    name = name_of(archive.spectra.info(number))
    return Overlay(name, get_spectrum(archive, number))


def _flux_note(asked: Look, fitting: Look) -> str | None:
    if asked.flux == fitting.flux:
        return None
    return "The flux is shown as stored: its unit is no flux density, which could be converted."
