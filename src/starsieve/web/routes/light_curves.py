"""Light curves as files."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from starsieve.web.answers import (
    CSV,
    FITS,
    VOTABLE,
    fits_answer,
    json_answer,
    votable_answer,
)
from starsieve.web.dependencies import Archived
from starsieve.web.planets.files import columns_of, file_stem, to_csv, to_fits, to_table
from starsieve.web.planets.star import curve_record

router = APIRouter(tags=["light curves"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Of the light curve, in the archive.")]


@router.get("/light-curves/{number:int}.json")
def light_curve_record(
    archive: Archived,
    number: Number,
    cadences: Annotated[bool, Query(description="Whether to tell the cadences, too.")] = False,
) -> Response:
    """Return all that is known of a light curve, and its cadences if asked for."""
    info = archive.light_curves.info(number)
    found = curve_record(info) | {"target": info.target, "object": info.object, "meta": info.meta}
    if cadences:
        (curve,) = archive.light_curves.read([number])
        found["cadences"] = columns_of(curve)
    return json_answer(found)


@router.get("/light-curves/{number:int}.fits", responses=FITS)
def light_curve_fits(archive: Archived, number: Number) -> Response:
    """Return the cadences as a FITS table, with the columns that the mission's files have."""
    info = archive.light_curves.info(number)
    (curve,) = archive.light_curves.read([number])
    return fits_answer(to_fits(curve, info), f"{file_stem(info)}.fits")


@router.get("/light-curves/{number:int}.csv", responses=CSV)
def light_curve_csv(archive: Archived, number: Number) -> Response:
    """Return the cadences as CSV: time_btjd, flux, sigma, quality, valid."""
    info = archive.light_curves.info(number)
    (curve,) = archive.light_curves.read([number])
    headers = {"Content-Disposition": f'attachment; filename="{file_stem(info)}.csv"'}
    return Response(to_csv(curve), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/light-curves/{number:int}.vot", responses=VOTABLE)
def light_curve_votable(archive: Archived, number: Number) -> Response:
    """Return the cadences as VOTable."""
    info = archive.light_curves.info(number)
    (curve,) = archive.light_curves.read([number])
    return votable_answer(to_table(curve, info))
