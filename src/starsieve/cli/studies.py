"""``starsieve studies``: what tuning found."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.figures import Out, ThemeChoice, check_formats, check_suffix, write_figure
from starsieve.cli.help import CONTEXT, Verb
from starsieve.cli.options import ArchivePath, AsJson, ReportFolder, get_settings
from starsieve.cli.output import say, write_facts, write_record, write_table, write_text

if TYPE_CHECKING:
    from starsieve.archive import Archive
    from starsieve.tuning.results import StudyResult

ROWS = 10
"""Trials that people are shown."""

KINDS = ("budget", "losses", "slices", "pairs", "importances")
"""Of figures."""

LONG = ("recipe", "tried", "budget", "warnings")
"""What is left out of facts for people."""

studies_app = typer.Typer(
    name="studies",
    context_settings=CONTEXT,
    help="""See what tuning found; export the best recipe.

    For example:
      starsieve studies list
      starsieve studies show my-model --report out/
      starsieve studies export my-model > best.toml
    """,
)
Study = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Figures = Annotated[
    str, typer.Option("--figures", metavar="pdf,png", help="Write figures beside the page, too.")
]


@studies_app.command("list", cls=Verb)
def list_studies(archive: ArchivePath = None, as_json: AsJson = False) -> None:
    """List studies: what is tuned, by what, how many trials there are, and the best value.

    For example:
      starsieve studies list
    """
    with open_archive(archive) as store:
        rows = [_line(read_found(store, s.name, weigh=False)) for s in store.studies.list()]
    if as_json:
        for row in rows:
            write_record(row)
    else:
        columns = ("study", "task", "metric", "trials", "best")
        write_table(columns, [[_text(row[column]) for column in columns] for row in rows])


@studies_app.command(cls=Verb)
def show(
    name: Study,
    report: ReportFolder = None,
    figures: Figures = "",
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Show a study's trials; with --json each as one object.

    For example:
      starsieve studies show my-model
      starsieve studies show my-model --json > trials.jsonl
      starsieve studies show my-model --report out/ --figures png
    """
    formats = check_formats(figures, report)
    with open_archive(archive) as store:
        found = read_found(store, name)
    write_files(found, None, report, formats)
    if as_json:
        for trial in found.trials:
            write_record(asdict(trial))
    else:
        show_study({**_line(found), "importances": dict(found.importances)}, found)


@studies_app.command(cls=Verb)
def plot(
    name: Study,
    out: Out,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=", ".join(KINDS))] = "budget",
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw one figure of a study.

    For example:
      starsieve studies plot my-model --out budget.pdf
      starsieve studies plot my-model --kind pairs --out pairs.png
      starsieve studies plot my-model --kind slices --out slices.html

    Kinds: budget, losses, slices, pairs, importances; budget and slices as html, too.
    """
    check_suffix(out)
    if kind not in KINDS:
        msg = f"--kind: expected one of {', '.join(KINDS)}, got {kind!r}."
        raise typer.BadParameter(msg)
    from starsieve.tuning.interactive import draw_interactive
    from starsieve.tuning.report import draw_figure

    with open_archive(archive) as store:
        found = read_found(store, name, weigh=kind != "budget")
    title = f"{kind.capitalize()} of {name}"
    write_figure(
        out,
        lambda: draw_figure(found, kind),
        lambda theme: draw_interactive(found, kind, theme),
        theme,
        title,
    )


@studies_app.command(cls=Verb)
def export(
    name: Study,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FILE", help="Instead of standard output.", show_default=False
        ),
    ] = None,
    archive: ArchivePath = None,
) -> None:
    """Write the recipe with the best values of a study, as starsieve train takes it.

    For example:
      starsieve studies export my-model > best.toml
      starsieve studies export my-model --to best.toml
    """
    from starsieve.tuning.tune import best_text

    with open_archive(archive) as store:
        found = read_found(store, name)
    if to is None:
        write_text(best_text(found).rstrip("\n"))
    else:
        write_files(found, to, None, ())


@studies_app.command(cls=Verb)
def remove(name: Study, archive: ArchivePath = None) -> None:
    """Forget a study and all its trials.

    For example:
      starsieve studies remove my-model
    """
    with open_archive(archive) as store:
        store.studies.remove(name)
    say(f"study {name} is forgotten.")


def open_archive(archive: Path | None) -> "Archive":
    """Open the archive that is there."""
    from starsieve.archive import Archive

    settings = get_settings(archive)
    return Archive.open(settings.archive, settings.database_url)


def read_found(archive: "Archive", name: str, *, weigh: bool = True) -> "StudyResult":
    """Return what a study found so far."""
    from starsieve.registry import tuning_of
    from starsieve.tuning.results import read_study

    kind: Any = tuning_of(archive.studies.get(name).task).recipe
    return read_study(archive, name, kind, weigh=weigh)


def write_files(
    found: "StudyResult", out: Path | None, report: Path | None, formats: tuple[str, ...]
) -> None:
    """Write what was asked for, and say where it is."""
    from starsieve.plots import write_atomically
    from starsieve.tuning.report import write_report
    from starsieve.tuning.tune import best_text

    if out is not None:
        say(f"best recipe: {write_atomically(out, best_text(found).encode())}")
    if report is not None:
        say(f"report: {write_report(found, report, formats)}")


def _line(found: "StudyResult") -> dict[str, Any]:
    """Return a study in a few values."""
    best = found.best
    return {
        "study": found.recipe.name,
        "task": found.task,
        "metric": found.recipe.metric,
        "direction": found.recipe.direction,
        "trials": sum(n for state, n in found.counts.items() if state not in ("again", "waiting")),
        "states": found.counts,
        "best": None if best is None else best.value,
        "best_values": {} if best is None else dict(best.values),
    }


def show_study(facts: Mapping[str, Any], found: "StudyResult") -> None:
    """Write a study for people: facts, and the best trials."""
    write_facts({name: value for name, value in facts.items() if name not in LONG})
    sign = -1.0 if found.recipe.direction == "maximise" else 1.0
    trials = sorted(found.complete, key=lambda trial: sign * float(trial.value or 0.0))
    options = list(found.recipe.search)
    rows = [
        [trial.number, _text(trial.value), *(_text(trial.values.get(name)) for name in options)]
        for trial in trials[:ROWS]
    ]
    write_text("")
    write_table(("trial", found.recipe.metric, *options), rows)


def _text(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else "" if value is None else str(value)
