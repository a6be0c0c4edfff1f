"""The page of a star: its light, its candidates, and all else that is known of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from starsieve.archive import Archive
from starsieve.errors import NotInArchiveError
from starsieve.plots.interactive.style import as_json
from starsieve.transits.sheet import EXOFOP, MAST
from starsieve.web.answers import (
    CSV,
    csv_answer,
    json_answer,
)
from starsieve.web.dependencies import Archived, Errandry, Theme
from starsieve.web.errands import Errand, Errands
from starsieve.web.pages import render
from starsieve.web.planets.asked import none_if_empty
from starsieve.web.planets.drawn import (
    KINDS,
    PERIODOGRAMS,
    draw_light,
    draw_periods,
    draw_sky,
    draw_validated,
    periods_table,
)
from starsieve.web.planets.star import (
    NEAR_ARCSEC,
    candidate_table,
    curve_table,
    parameter_table,
    product_table,
    read_star,
)
from starsieve.web.planets.view import ask_star, find_star, result_of

router = APIRouter(tags=["stars"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the star, in the archive.")]
Kind = Literal["corrected", "raw", "flat"]
Sector = Annotated[Annotated[int, Field(ge=0, le=100_000)] | None, BeforeValidator(none_if_empty)]
Radius = Annotated[float, Query(ge=10, le=3600, description="Arcsec to each side.")]


class Light(BaseModel):
    """Which of a star's light is shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    flux: Kind = Field("corrected", description="Which kind of light.")
    sector: Sector = Field(None, description="Sector or quarter; all by default.")

    def address(self, path: str) -> str:
        """Return an address that says so."""
        words = [] if self.flux == "corrected" else [f"flux={self.flux}"]
        words += [] if self.sector is None else [f"sector={self.sector}"]
        return f"{path}?{'&'.join(words)}" if words else path


class DrawnLight(Light):
    """Which of a star's light is drawn, and how."""

    theme: Literal["light", "dark"] = Field("light", description="Of the figure.")


@router.get("/tic/{tic:int}", include_in_schema=False)
def star_by_tic(archive: Archived, tic: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """Lead to the page of a star by its TIC number."""
    return RedirectResponse(f"/targets/{_find(archive, tic)}", 303)


@router.get("/tic/{tic:int}.json")
def star_record_by_tic(
    archive: Archived,
    tic: Annotated[int, Path(ge=1, le=2**63 - 1, description="TESS Input Catalog.")],
) -> Response:
    """Return all that the archive has of a star, by its TIC number."""
    return json_answer(read_star(archive, _find(archive, tic)).to_record())


def _find(archive: Archive, tic: int) -> int:
    try:
        return archive.targets.find(tic=tic).id or 0
    except NotInArchiveError:
        msg = (
            f"The archive has no star TIC {tic}. Bring its light curves: "
            f"starsieve fetch light-curves {tic}"
        )
        raise NotInArchiveError(msg) from None


@router.get("/targets/{number:int}", include_in_schema=False)
def star_page(
    request: Request,
    archive: Archived,
    errands: Errandry,
    number: Number,
    light: Annotated[Light, Query()],
) -> Response:
    """Show a star and all that the archive has of it."""
    page = read_star(archive, number)
    result = find_star(archive, errands, number) if page.light_curves else None
    tic, target = page.target.tic, page.target
    return render(
        request,
        "planets/star.html",
        figures=bool(page.light_curves) or target.ra is not None,
        page=page,
        star=target,
        light=light,
        around=page.around,
        kinds=[(kind, f"{column} – {KINDS[kind]}") for kind, column in page.kinds],
        sectors=page.sectors,
        figure=light.address(f"/targets/{number}/light-curve.json"),
        periodograms=PERIODOGRAMS,
        result=result,
        looked=result is not None,
        candidates=candidate_table(page.candidates),
        parameters=parameter_table(page.labels, page.candidates),
        curves=curve_table(page.light_curves),
        products=product_table(page.products),
        links=[]
        if tic is None
        else [("ExoFOP", EXOFOP.format(tic=tic)), ("MAST", MAST.format(tic=tic))],
    )


@router.get("/targets/{number:int}.json")
def star_record(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Return all that the archive has of a star; `seen` once its light curves are looked at."""
    page = read_star(archive, number)
    seen = find_star(archive, errands, number) if page.light_curves else None
    return json_answer(page.to_record() | {"seen": seen})


@router.get("/targets/{number:int}/view.json")
def star_seen(archive: Archived, errands: Errandry, number: Number) -> Response:
    """Look at a star's light curves; return how far that is, then what is seen."""
    errand = ask_star(archive, errands, _checked(archive, number))
    return json_answer(errand.to_record() | {"seen": errand.result})


@router.get("/targets/{number:int}/light-curve.json")
def star_light(
    archive: Archived, errands: Errandry, number: Number, light: Annotated[DrawnLight, Query()]
) -> Response:
    """Return a star's light curve as a figure for BokehJS; 202 while it is worked on."""
    errand = _ask(archive, errands, number)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    figure = draw_light(errand, light.flux, light.sector, light.theme)
    return json_answer(as_json(figure, light.theme))


@router.get("/targets/{number:int}/periodogram/{kind}.json")
def star_periods(
    archive: Archived,
    errands: Errandry,
    number: Number,
    kind: Annotated[Literal["box", "turn"], Path(description="Boxes, or sinusoids.")],
    theme: Theme = "light",
) -> Response:
    """Return a star's periodogram as a figure for BokehJS; 202 while it is worked on."""
    errand = _ask(archive, errands, number)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    return json_answer(as_json(draw_periods(errand, kind, theme), theme))


@router.get("/targets/{number:int}/periodogram/{kind}.csv", responses=CSV)
def star_periods_csv(
    archive: Archived,
    errands: Errandry,
    number: Number,
    kind: Annotated[Literal["box", "turn"], Path(description="Boxes, or sinusoids.")],
) -> Response:
    """Return a star's periodogram as CSV: period (d), power; 202 until it is there."""
    errand = _ask(archive, errands, number)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    result_of(errand)
    return csv_answer(periods_table(errand, kind))


@router.get("/targets/{number:int}/validated/{event:int}.json")
def star_validated(
    archive: Archived,
    errands: Errandry,
    number: Number,
    event: Annotated[int, Path(ge=0, le=1000, description="From 0.")],
    theme: Theme = "light",
) -> Response:
    """Return a signal that the mission validated, with its fit, as a figure; 202 until then."""
    errand = _ask(archive, errands, number)
    if not errand.has_ended:
        return json_answer(errand.to_record(), 202)
    return json_answer(as_json(draw_validated(errand, event, theme), theme))


@router.get("/targets/{number:int}/sky.json")
def star_sky(
    archive: Archived, number: Number, radius: Radius = NEAR_ARCSEC, theme: Theme = "light"
) -> Response:
    """Return what the archive knows around a star as a figure for BokehJS."""
    figure = draw_sky(archive, archive.targets.get(number), radius, theme)
    return json_answer(as_json(figure, theme))


def _checked(archive: Archive, number: int) -> int:
    if not archive.light_curves.count_of_target(archive.targets.get(number).id or 0):
        msg = f"The archive has no light curve of star {number}."
        raise NotInArchiveError(msg)
    return number


def _ask(archive: Archive, errands: Errands, number: int) -> Errand:
    return ask_star(archive, errands, _checked(archive, number))
