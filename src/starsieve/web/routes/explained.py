"""Why a model says what it does of a stored spectrum: which grid, which wavelengths."""

from fastapi import APIRouter, Request, Response

from starsieve.plots.interactive.explanations import explanation_figure
from starsieve.plots.interactive.style import as_json
from starsieve.web.answers import json_answer
from starsieve.web.dependencies import Archived, Errandry, Theme
from starsieve.web.inferred import drivers, grids_table
from starsieve.web.pages import render
from starsieve.web.routes.spectra import Model, Number, ask, result_of, stored_by
from starsieve.web.spectra.kept import read_explanation
from starsieve.web.spectra.page import name_of

router = APIRouter(tags=["spectra"])

TOLD = ("model", "in_distribution", "ood_score", "verdict", "warnings", "quoted", "explanation")


@router.get("/spectra/{number:int}/explained", include_in_schema=False)
def explained_page(
    request: Request, archive: Archived, errands: Errandry, number: Number, model: Model
) -> Response:
    """Show what each grid says of a spectrum and what drives its parameters, once that is known."""
    title = name_of(archive.spectra.info(number))
    errand = ask(archive, errands, number, model)
    found = result_of(errand) if errand.has_ended else None
    stored = stored_by(archive, number, model)
    page = render(
        request,
        "spectra/explained.html",
        figures=found is not None,
        number=number,
        model=model,
        title=title,
        found=found,
        grids=grids_table(found or {}),
        kept=stored is not None and bool(stored.grids),  # the spectrum's page tells them by itself
        drivers=drivers(found),
    )
    if found is None:
        page.status_code = 202
    return page


@router.get("/spectra/{number:int}/explained.json")
def explained_record(
    archive: Archived, errands: Errandry, number: Number, model: Model
) -> Response:
    """Return what each grid says of a spectrum and what drives its parameters; 202 until then."""
    errand = ask(archive, errands, number, model)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    found = result_of(errand)
    told = {name: found[name] for name in TOLD}
    told |= {name: found["provenance"][name] for name in ("ood_limit", "ood_kind")}
    return json_answer({"status": "done", **told, "grids": found.get("grids", {})})


@router.get("/spectra/{number:int}/explanation.json")
def explanation_drawn(
    archive: Archived, errands: Errandry, number: Number, model: Model, theme: Theme = "light"
) -> Response:
    """Return the figure of which wavelengths drive the parameters; 202 while the model works."""
    errand = ask(archive, errands, number, model)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    explained = read_explanation(errand.folder, result_of(errand)["names"])
    return json_answer(as_json(explanation_figure(explained, theme), theme))
