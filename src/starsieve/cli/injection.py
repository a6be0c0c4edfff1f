"""``starsieve injection-recovery``: which planets a search finds in these light curves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.options import AsJson, ReportFolder, Seed, Workers, get_settings
from starsieve.cli.output import (
    hint,
    report_failures,
    say,
    show_progress,
    write_record,
    write_table,
)
from starsieve.errors import Failure

if TYPE_CHECKING:
    from starsieve.data import LightCurve
    from starsieve.transits.recovery import Trial
    from starsieve.transits.recovery_recipe import RecoveryOptions


def injection_recovery(
    files: Annotated[
        list[Path],
        # readable or not is found out file by file: one bad file shall not stop the others
        typer.Argument(metavar="FILE...", readable=False, show_default=False),
    ],
    trials: Annotated[int, typer.Option("--trials", min=1, help="Planets to inject.")] = 300,
    periods: Annotated[
        str, typer.Option("--periods", metavar="A,B", help="Range of periods in days.")
    ] = "0.5,13",
    radii: Annotated[
        str, typer.Option("--radii", metavar="A,B", help="Range of radii in Earth radii.")
    ] = "0.7,12",
    report: ReportFolder = None,
    workers: Workers = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Put planets into light curves, search, and say which were found.

    For example:
      starsieve injection-recovery tess*_lc.fits --report out/
      starsieve injection-recovery star.fits --trials 1000 --periods 1,10 --radii 0.5,4
      starsieve injection-recovery star.fits --json | jq .completeness

    Planets go in before detrending, one at a time, evenly over the logarithms of period and
    radius. With --report DIR the trials are kept there as they are done: the same command
    goes on where it was stopped.
    """
    options = read_options(trials, periods, radii, seed)
    curves, failures = _read(files)
    if curves:
        done = _run(curves, options, report, workers)
        write_map(done, options, as_json)
        if report is not None:
            from starsieve.transits.recovery_report import write_recovery_report

            names = [file for file, _, _ in curves]
            say(f"report: {write_recovery_report(done, options, names, report)}")
        else:
            hint("the same with --report DIR gives a page with the map, and a table of all trials")
    report_failures(failures, len(curves), as_json)


def read_options(trials: int, periods: str, radii: str, seed: int) -> "RecoveryOptions":
    """Return the options of a test; leave with a usage error if they make none."""
    from pydantic import ValidationError

    from starsieve.transits.recovery_recipe import RecoveryOptions

    given = {
        "trials": trials,
        "seed": seed,
        "periods": _pair("--periods", periods),
        "radii": _pair("--radii", radii),
    }
    try:
        return RecoveryOptions.model_validate(given)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"]) from error


def write_map(done: "list[Trial]", options: "RecoveryOptions", as_json: bool) -> None:
    """Write the completeness map as one JSON object or as a table."""
    from starsieve.transits.recovery import summary

    found = summary(done, options)
    if as_json:
        write_record(found)
        return
    periods, radii = found["period_edges_days"], found["radius_edges_earth"]
    columns = [
        "Earth radii",
        *(f"{low:.2f}-{periods[i + 1]:.2f} d" for i, low in enumerate(periods[:-1])),
    ]
    rows: list[list[Any]] = []
    for row in reversed(range(len(radii) - 1)):
        pairs = zip(found["recovered"][row], found["n"][row], strict=True)
        cells = [f"{k}/{n} {k / n:.0%}" if n else "" for k, n in pairs]
        rows.append([f"{radii[row]:.2f}-{radii[row + 1]:.2f}", *cells])
    write_table(columns, rows)
    say(f"{found['n_recovered']} of {found['n_trials']} planets recovered.")


def _run(
    curves: "list[tuple[str, LightCurve, str]]",
    options: "RecoveryOptions",
    report: Path | None,
    workers: int | None,
) -> "list[Trial]":
    """Run the trials that are not done yet; return all in their order."""
    from starsieve.transits.recovery import run_trials
    from starsieve.transits.recovery_report import Journal

    journal = None
    done: list[Trial] = []
    if report is not None:
        journal = Journal(report, options, [digest for _, _, digest in curves])
        done = journal.read()
        journal.start(done)
        if done:
            say(f"{len(done)} of {options.trials} trials were done before.")
    light_curves = [curve for _, curve, _ in curves]
    skip = {trial.number for trial in done}
    with show_progress("injecting and searching") as progress:
        settings = get_settings(workers=workers)
        for trial in run_trials(light_curves, options, settings, skip=skip):
            done.append(trial)
            if journal is not None:
                journal.add(trial)
            progress(len(done), options.trials, "")
    return sorted(done, key=lambda trial: trial.number)


def _read(files: list[Path]) -> "tuple[list[tuple[str, LightCurve, str]], list[Failure]]":
    """Return the light curves with the names and hashes of their files, and what failed."""
    from starsieve.data import LightCurve
    from starsieve.errors import StarsieveError
    from starsieve.readers import read

    curves: list[tuple[str, LightCurve, str]] = []
    failures = []
    for file in files:
        try:
            reading = read(file)
        except StarsieveError as error:
            failures.append(Failure(str(file), str(error)))
            continue
        own = [each for each in reading.contents if isinstance(each, LightCurve)]
        if not own:
            text = f"{file}: has no light curve, but {reading.kind}."
            failures.append(Failure(str(file), text))
        curves += [(str(file), curve, f"{reading.content_hash}-{i}") for i, curve in enumerate(own)]
    return curves, failures


def _pair(option: str, text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        msg = f"{option} {text}: expected two numbers, as in {option} 1,10."
        raise typer.BadParameter(msg) from None
    return low, high
