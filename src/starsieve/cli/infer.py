"""``starsieve infer``: parameters of spectra, with uncertainties."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.explained import write_explanations
from starsieve.cli.figures import check_formats
from starsieve.cli.further import make_further
from starsieve.cli.hints import (
    FluxColumn,
    FluxUnit,
    MediumChoice,
    ResolvingPower,
    WaveUnit,
    get_hints,
)
from starsieve.cli.options import (
    ArchivePath,
    AsJson,
    Draws,
    ModelName,
    ReportFolder,
    Seed,
    archive_if_there,
    get_settings,
)
from starsieve.cli.output import (
    hint,
    report_failures,
    say,
    show_progress,
    write_record,
    write_text,
)
from starsieve.cli.predictions import write_predictions
from starsieve.cli.read import FailedFile
from starsieve.cli.runs import run_recorded, write_result

if TYPE_CHECKING:
    from starsieve.atmospheres.further import Further
    from starsieve.atmospheres.inferences import Inferences
    from starsieve.readers import Hints


Refine = Annotated[
    bool,
    typer.Option(
        "--refine", help="Draw under the likelihood of the grid's emulator, with its errors."
    ),
]
FarAway = Annotated[
    str | None,
    typer.Option("--distance", metavar="PC", help="For radius and luminosity: 11.13+-0.05."),
]
Parallax = Annotated[
    str | None,
    typer.Option("--parallax", metavar="MAS", help="The same by a parallax: 89.8+-0.4."),
]


def infer(
    files: Annotated[
        list[Path] | None,
        # readable or not is found out file by file: one bad file shall not stop the others
        typer.Argument(metavar="FILE...", readable=False, show_default=False),
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection", metavar="NAME", help="All spectra of a collection instead of files."
        ),
    ] = None,
    model: ModelName = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    report: ReportFolder = None,
    figures: Annotated[
        str,
        typer.Option("--figures", metavar="pdf,png", help="Write figures beside the pages, too."),
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell which wavelengths drive each parameter.")
    ] = False,
    refine: Refine = False,
    distance: FarAway = None,
    parallax: Parallax = None,
    age: Annotated[
        str | None,
        typer.Option("--age", metavar="CLASS", help="What is known: young, intermediate or field."),
    ] = None,
    prior: Annotated[
        list[str] | None,
        typer.Option("--prior", metavar="LABEL=V+-S", help="Or LABEL=LOW..HIGH; repeatable."),
    ] = None,
    join: Annotated[
        bool, typer.Option("--join", help="All files are orders or pieces of one object.")
    ] = False,
    wave_unit: WaveUnit = None,
    flux_unit: FluxUnit = None,
    medium: MediumChoice = None,
    resolution: ResolvingPower = None,
    flux_column: FluxColumn = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Infer physical parameters of spectra, with uncertainties.

    For example:
      starsieve infer spectrum.fits
      starsieve infer *.fits --report out/ --figures pdf
      starsieve infer night1/*.txt --json > parameters.jsonl
      starsieve infer spectrum.fits --explain --report out/
      starsieve infer spectrum.fits --refine --distance 11.13+-0.05
      starsieve infer blue.fits red.fits --join --prior logg=4.5+-0.2
      starsieve infer spectrum.fits --model ultracool-spex --age young
      starsieve infer --collection spex

    Values are medians with the distances to the 16th and 84th percentiles. A value at the
    model grid's edge is a limit, as "< 950 K". Files need no archive, and nothing is left
    behind; with --collection the results are kept in the archive.
    """
    formats = check_formats(figures, report)
    if (collection is None) == (not files):
        msg = "give either FILE... or --collection NAME."
        raise typer.BadParameter(msg)
    if collection is not None and explain and report is None:
        msg = "--explain with --collection needs --report DIR: the archive keeps no explanations."
        raise typer.BadParameter(msg)
    further = make_further(refine, distance, parallax, report, age, prior or [])
    if collection is not None and (further.refine or further.distance):
        msg = "--refine, --distance and --parallax take files: the archive keeps none of it."
        raise typer.BadParameter(msg)
    if collection is not None and join:
        msg = "--join takes files: spectra of a collection stay apart."
        raise typer.BadParameter(msg)
    told = (wave_unit, flux_unit, medium, resolution, flux_column)
    if collection is not None and any(each is not None for each in told):
        msg = "what a file leaves open is told to starsieve ingest; a collection knows its units."
        raise typer.BadParameter(msg)
    hints = get_hints(wave_unit, flux_unit, medium, None, resolution, flux_column)
    options = (model, draws, seed, explain, further, report, formats, archive, as_json)
    if collection is None:
        _infer_files(files or [], join, hints, *options)
    else:
        _infer_collection(collection, *options)


def _infer_files(
    files: list[Path],
    join: bool,
    hints: "Hints",
    model: str | None,
    draws: int,
    seed: int,
    explain: bool,
    further: "Further",
    report: Path | None,
    formats: tuple[str, ...],
    archive: Path | None,
    as_json: bool,
) -> None:
    """Infer from files, write results and pages; leave with code 3 or 1 if files failed."""
    from starsieve.atmospheres.infer import infer as infer_spectra
    from starsieve.atmospheres.models import load_model

    loaded = None
    if model is not None:
        with archive_if_there(archive) as store:
            loaded = load_model(model, store)
    with show_progress("inferring") as progress:
        results = infer_spectra(
            files,
            loaded,
            draws=draws,
            seed=seed,
            explain=explain,
            refine=further.refine,
            distance=further.distance,
            predict=further.predict,
            age=further.given.age,
            priors=further.given.priors,
            join=join,
            hints=hints,
            progress=progress,
        )
    write_inferences(results, as_json)
    if report is not None and len(results):
        say(f"report: {write_pages(results, report, formats)}")
    report_failures(results.failures, len(results), as_json)
    if not join and any("#" in Path(each.file).name for each in results):
        hint("orders or pieces of one object in one file are one spectrum with --join")
    if report is None:
        hint("the same with --report DIR gives a page per object, with figures")


def _infer_collection(
    collection: str,
    model: str | None,
    draws: int,
    seed: int,
    explain: bool,
    further: "Further",
    report: Path | None,
    formats: tuple[str, ...],
    archive: Path | None,
    as_json: bool,
) -> None:
    """Infer as a recorded run, show what the archive keeps of it, and write pages if wanted."""
    options = {"collection": collection, "draws": draws, "seed": seed}
    options |= {"model": model} if model else {}
    given = further.given
    options |= {"age": given.age} if given.age else {}
    options |= {"priors": [prior.text for prior in given.priors]} if given.priors else {}
    result = run_recorded("atmospheres.infer", options, archive)
    failures = [FailedFile(each["file"], each["error"]) for each in result.pop("failed")]
    if as_json:
        write_predictions(collection, result["model"], archive)
    else:
        write_result(result, as_json=False)
        hint("the same with --json gives all numbers, with --report DIR a page per object")
    if report is not None:
        again = _infer_again(collection, result["model"], draws, seed, explain, further, archive)
        say(f"report: {write_pages(again, report, formats)}")
    report_failures(failures, result["n_inferred"], as_json)


def _infer_again(
    collection: str,
    model: str,
    draws: int,
    seed: int,
    explain: bool,
    further: "Further",
    archive: Path | None,
) -> "Inferences":
    """Infer for the pages: they need draws and fits, which no archive keeps."""
    from starsieve.archive import Archive
    from starsieve.atmospheres.infer import infer_observed
    from starsieve.atmospheres.models import load_model
    from starsieve.atmospheres.opening import Observed

    settings = get_settings(archive)
    with (
        Archive.open(settings.archive, settings.database_url) as store,
        show_progress("inferring") as progress,
    ):
        infos = store.spectra.table(collection)
        spectra = store.spectra.read([info.id for info in infos])
        observed = [
            Observed(spectrum, info.file or f"spectrum {info.id}", info.file_hash or "")
            for info, spectrum in zip(infos, spectra, strict=True)
        ]
        loaded = load_model(model, store)
        return infer_observed(
            loaded, observed, draws, seed, progress, explain=explain, further=further
        )


def write_inferences(results: "Inferences", as_json: bool) -> None:
    """Write results as JSON lines, or as a table with the warnings below it."""
    if as_json:
        for result in results:
            write_record(result.to_record())
        return
    if not len(results):
        return
    write_text(str(results[:]))  # without the failures, which are no data
    for result in results:
        if lines := result.further():
            write_text(f"{result.title}: {'; '.join(lines)}")
    write_explanations(results)
    for result in results:
        for warning in result.warnings:
            say(f"warning: {Path(result.file).name}: {warning}")


def write_pages(results: "Inferences", folder: Path, figures: tuple[str, ...]) -> Path:
    """Write one page per object and the index page; return where the index is."""
    from starsieve.atmospheres.report import write_index, write_object_page

    pages = []
    with show_progress("writing pages") as progress:
        for number, result in enumerate(results, start=1):
            pages.append(write_object_page(result, folder, figures))
            progress(number, len(results), "")
    return write_index(results, pages, folder)
