"""Figures of uploads, and the files that come of them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse

from starsieve.archive import SpectrumInfo
from starsieve.errors import NotInArchiveError
from starsieve.plots.interactive.spectra import spectrum_figure
from starsieve.plots.interactive.style import as_json
from starsieve.web.answers import (
    CSV,
    FITS,
    VOTABLE,
    csv_answer,
    fits_answer,
    json_answer,
    votable_answer,
)
from starsieve.web.dependencies import Errandry, Theme
from starsieve.web.errands import Errand
from starsieve.web.routes.uploads import Number, get_upload
from starsieve.web.spectra import context
from starsieve.web.spectra.files import to_csv, to_fits
from starsieve.web.spectra.look import FigureLook
from starsieve.web.tables import Column, WebTable
from starsieve.web.uploads.drawn import (
    draw_corner,
    draw_explanation,
    draw_folded,
    draw_light_curve,
    result_of,
    spectrum_of,
)
from starsieve.web.uploads.kept import REPORT, as_bands, as_fit, read_arrays

router = APIRouter(tags=["uploads"])

Signal = Annotated[int, Path(ge=1, le=1000, description="Of a candidate in the light curve.")]

REPORTS_CSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Of pages that were made of what a stranger sent: they may show themselves, and do nothing."""

SHOWN = {".html": "text/html; charset=utf-8", ".csv": "text/csv", ".txt": "text/plain"}


@router.get("/uploads/{number}/figure.json")
def upload_drawn(
    errands: Errandry, number: Number, look: Annotated[FigureLook, Query()]
) -> Response:
    """Return the figure of an uploaded spectrum, its model and its bands, for BokehJS."""
    upload = get_upload(errands, number)
    spectrum = spectrum_of(upload)
    fitting = look.fitting(spectrum.flux_unit)
    kept = read_arrays(upload.folder)
    shown = fitting.to_spectrum_look()
    fit, bands = as_fit(kept), as_bands(kept)
    figure = spectrum_figure(spectrum, fitting.theme, shown, fit=fit, bands=bands)
    item = as_json(figure, fitting.theme)
    item["about"] |= context.about(spectrum)
    return json_answer(item)


@router.get("/uploads/{number}/corner.json")
def upload_corner(errands: Errandry, number: Number, theme: Theme = "light") -> Response:
    """Return the corner plot of an upload's posterior for BokehJS."""
    return json_answer(as_json(draw_corner(get_upload(errands, number), theme), theme))


@router.get("/uploads/{number}/explanation.json")
def upload_explanation(errands: Errandry, number: Number, theme: Theme = "light") -> Response:
    """Return the figure of which wavelengths drive the parameters for BokehJS."""
    return json_answer(as_json(draw_explanation(get_upload(errands, number), theme), theme))


@router.get("/uploads/{number}/light-curve.json")
def upload_light_curve(errands: Errandry, number: Number, theme: Theme = "light") -> Response:
    """Return the figure of an uploaded light curve for BokehJS."""
    return json_answer(as_json(draw_light_curve(get_upload(errands, number), theme), theme))


@router.get("/uploads/{number}/signals/{signal}/{view}.json")
def upload_folded(
    errands: Errandry,
    number: Number,
    signal: Signal,
    view: Literal["transit", "full"],
    theme: Theme = "light",
) -> Response:
    """Return a candidate of an uploaded light curve, folded, for BokehJS."""
    figure = draw_folded(get_upload(errands, number), signal, view, theme)
    return json_answer(as_json(figure, theme))


@router.get("/uploads/{number}/infer.json")
def upload_parameters(errands: Errandry, number: Number) -> Response:
    """Return an upload's parameters as `starsieve infer --json` does."""
    return json_answer(_part(get_upload(errands, number), "parameters"))


@router.get("/uploads/{number}/similar.json")
def upload_similar(errands: Errandry, number: Number) -> Response:
    """Return what is like an upload as `starsieve similar --json` does."""
    return json_answer(_part(get_upload(errands, number), "similar"))


@router.get("/uploads/{number}/vet.json")
def upload_vetting(errands: Errandry, number: Number) -> Response:
    """Return the candidates in an uploaded light curve as `starsieve vet --json` does."""
    return json_answer(_part(get_upload(errands, number), "vetting"))


@router.get("/uploads/{number}.fits", responses=FITS)
def upload_fits(errands: Errandry, number: Number) -> Response:
    """Return an uploaded spectrum as FITS: wave (vacuum micron), flux, sigma, valid."""
    upload = get_upload(errands, number)
    spectrum = spectrum_of(upload)
    return fits_answer(to_fits(spectrum, _info(upload)), f"{_stem(upload)}.fits")


@router.get("/uploads/{number}.csv", responses=CSV)
def upload_csv(errands: Errandry, number: Number) -> Response:
    """Return an uploaded spectrum as CSV: wave_um, flux, sigma, valid."""
    upload = get_upload(errands, number)
    headers = {"Content-Disposition": f'attachment; filename="{_stem(upload)}.csv"'}
    content = to_csv(spectrum_of(upload))
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/uploads/{number}/draws.csv", responses=CSV)
def upload_draws(errands: Errandry, number: Number) -> Response:
    """Return the draws of an upload's posterior as CSV."""
    return csv_answer(_draws(get_upload(errands, number)))


@router.get("/uploads/{number}/draws.vot", responses=VOTABLE)
def upload_draws_votable(errands: Errandry, number: Number) -> Response:
    """Return the draws of an upload's posterior as VOTable."""
    return votable_answer(_draws(get_upload(errands, number)))


@router.get("/uploads/{number}/report/{path:path}", include_in_schema=False)
def upload_report(
    errands: Errandry, number: Number, path: Annotated[str, Path(max_length=300)]
) -> Response:
    """Return a page or a table of the report; pages can't run anything."""
    upload = get_upload(errands, number)
    result_of(upload)
    folder = (upload.folder / REPORT).resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or file.suffix not in SHOWN or not file.is_file():
        msg = f"The report has no {path!r}."
        raise NotInArchiveError(msg)
    kind = "inline" if file.suffix == ".html" else "attachment"
    return FileResponse(
        file,
        media_type=SHOWN[file.suffix],
        filename=file.name,
        content_disposition_type=kind,
        headers={"Content-Security-Policy": REPORTS_CSP},
    )


def _part(upload: Errand, name: str) -> object:
    found = result_of(upload).get(name)
    if found is None:
        msg = f"There is no such result of this upload; it holds a {result_of(upload)['kind']}."
        raise NotInArchiveError(msg)
    return found


def _draws(upload: Errand) -> WebTable:
    result, kept = result_of(upload), read_arrays(upload.folder)
    if "draws" not in kept:
        msg = "No model could infer parameters of this."
        raise NotInArchiveError(msg)
    names = list(result["quoted"])
    units = {n: each["unit"] for n, each in result["parameters"]["parameters"].items()}
    rows = [dict(zip(names, row, strict=True)) for row in kept["draws"].tolist()]
    return WebTable("draws", [Column(name, unit=units[name]) for name in names], rows)


def _info(upload: Errand) -> SpectrumInfo:
    """Return what files tell of where a spectrum is from."""
    reading = result_of(upload)["reading"]
    spectrum = spectrum_of(upload)
    return SpectrumInfo(
        id=0,
        collection="",
        object=str(result_of(upload)["object"]),
        target=None,
        n_pixels=len(spectrum),
        flux_unit=spectrum.flux_unit,
        medium=reading["medium_in_file"] or "vacuum",
        frame=reading["frame"] or "unknown",
        resolution=spectrum.resolution,
        has_sigma=spectrum.sigma is not None,
        parent=None,
        file=reading["file"],
        file_hash=reading["content_hash"],
        meta={},
    )


def _stem(upload: Errand) -> str:
    return str(upload.options["file"]).partition(".")[0] or "upload"
