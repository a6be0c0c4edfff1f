"""``starsieve similar``: spectra like this one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from starsieve.cli.hints import ResolvingPower
from starsieve.cli.options import ArchivePath, AsJson, ReportFolder, archive_if_there
from starsieve.cli.output import hint, say, write_record, write_table, write_text

MOST_FAILURES = 5
"""Spectra that could not be compared and are named one by one."""


def similar(
    query: Annotated[str, typer.Argument(metavar="FILE|ID", show_default=False)],
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection",
            metavar="NAME",
            help="Where to look. [default: the query's own, or the only one]",
            show_default=False,
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", "--count", min=1, help="How many to show.")] = 10,
    by: Annotated[
        Literal["latent", "spectrum", "both"] | None,
        typer.Option(
            "--by",
            help="What is compared. [default: spectrum; both if a model is named]",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Whose latents.", show_default=False),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="CONDITION", help='Labels to have, "teff>5000"; repeatable.'
        ),
    ] = None,
    near: Annotated[
        str | None,
        typer.Option(
            "--near",
            metavar="RA,DEC,RADIUS",
            help="Only targets in this circle: degree, degree, arcsecond.",
            show_default=False,
        ),
    ] = None,
    other_objects: Annotated[
        bool, typer.Option("--other-objects", help="Leave out the query's own object.")
    ] = False,
    wave_range: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="LOW,HIGH",
            help="Only these pixels of the query count: vacuum micron.",
            show_default=False,
        ),
    ] = None,
    max_velocity: Annotated[
        float, typer.Option("--max-velocity", min=0, help="Largest shift, km/s.")
    ] = 600.0,
    degree: Annotated[
        int, typer.Option("--degree", min=0, help="Of the smooth ratio of fluxes.")
    ] = 8,
    floor: Annotated[
        float, typer.Option("--floor", min=0, help="Error of calibration, fraction of the flux.")
    ] = 0.02,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin", metavar="NAME", help="Only labels that come from there.", show_default=False
        ),
    ] = None,
    resolution: ResolvingPower = None,
    report: ReportFolder = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Find spectra like one: by what they look like, by their latents, or by both.

    For example:
      starsieve similar spectrum.fits --collection spex
      starsieve similar 17 -k 5 --by both --model spex-vae
      starsieve similar 17 --where "teff>5000" --where "mh<-1" --other-objects
      starsieve similar spectrum.fits --collection miles --report out/ --json
      starsieve similar 17 --by spectrum --range 2.0,2.4

    A word of digits alone is the number of a spectrum in the archive, unless there is a
    file of that name. A query of another instrument is welcome: both are compared on their
    common wavelengths, at the lower resolution, with scale, shift and a smooth ratio free.
    """
    from starsieve.representations.metric import Metric
    from starsieve.representations.similarity import similar as find_similar

    with archive_if_there(archive) as store:
        found = find_similar(
            int(query) if query.isdecimal() and not Path(query).exists() else Path(query),
            collection,
            archive=store,
            by=by,
            k=k,
            model=model,
            where=where or (),
            near=None if near is None else parse_circle(near),
            other_objects=other_objects,
            metric=Metric(max_velocity=max_velocity, degree=degree, floor=floor),
            origin=origin,
            resolution=resolution,
            wave_range=None if wave_range is None else parse_range(wave_range),
        )
    for note in found.notes:
        say(note)
    for failure in found.failures[:MOST_FAILURES]:
        say(f"{failure.file}: {failure.error}")
    if len(found.failures) > MOST_FAILURES:
        say(f"{len(found.failures)} spectra in all could not be compared.")
    if as_json:
        write_record(found.to_record())
    else:
        from starsieve.representations.similar_result import HEADINGS

        write_table(HEADINGS, found.cells())
        write_text(f"distance: {found.definition}")
    if report is not None:
        from starsieve.representations.similar_report import write_similar

        say(f"report: {write_similar(found, report)}")
    else:
        hint("the same with --report DIR shows every neighbour over the query")


def parse_circle(text: str) -> tuple[float, float, float]:
    """Return a circle on the sky from ``RA,DEC,RADIUS``."""
    try:
        ra, dec, radius = (float(part) for part in text.split(","))
    except ValueError:
        msg = f"--near {text}: expected RA,DEC,RADIUS in degree, degree and arcsecond."
        raise typer.BadParameter(msg) from None
    if not (0 <= ra <= 360 and -90 <= dec <= 90 and radius > 0):
        msg = f"--near {text}: expected 0 to 360, -90 to 90, and a positive radius."
        raise typer.BadParameter(msg)
    return ra, dec, radius


def parse_range(text: str) -> tuple[float, float]:
    """Return two wavelengths from ``LOW,HIGH``."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        msg = f"--range {text}: expected LOW,HIGH in micron."
        raise typer.BadParameter(msg) from None
    return low, high
