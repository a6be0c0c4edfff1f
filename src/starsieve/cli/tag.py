"""``starsieve tag``: labels for spectra that have none, from those that have."""

from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, AsJson, Seed
from starsieve.cli.output import hint, say, write_table
from starsieve.cli.predictions import write_predictions
from starsieve.cli.runs import run_recorded

Encoder = Annotated[
    str,
    typer.Option(
        "--model", metavar="NAME", help="The model that encoded them.", show_default=False
    ),
]


def tag(
    collection: Annotated[str, typer.Argument(metavar="COLLECTION", show_default=False)],
    labelled: Annotated[
        str,
        typer.Option(
            "--from", metavar="NAME", help="Collection to learn labels from.", show_default=False
        ),
    ],
    model: Encoder,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="LABEL", help="Only this label; again for others."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option(
            "--origin", metavar="TEXT", help="Only labels that come from there.", show_default=False
        ),
    ] = None,
    seed: Seed = 0,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Tag spectra: physical labels with errors, read off what a model encoded.

    For example:
      starsieve tag survey --from miles --model my-stars
      starsieve tag survey --from miles --model my-stars --label teff --label logg --json

    Both collections must be encoded by the model first (starsieve encode). Errors are those of
    held-out stars, wider where neighbours were predicted badly; far from all labelled spectra
    there is no answer. What is found is kept in the archive as predictions.
    """
    options = {"collection": collection, "labelled": labelled, "model": model, "seed": seed}
    options |= {"labels": labels} if labels else {}
    options |= {"origin": origin} if origin else {}
    result = run_recorded("representations.tag", options, archive)
    for name, why in result["not_learnt"].items():
        say(f"{name} is not learnt: {why}")
    if as_json:
        write_predictions(collection, result["model"], archive)
        return
    columns = ("label", "scatter", "unit", "stars", "read by")
    rows = [
        (name, f"{each['scatter']:.3g}", each["unit"], each["n_stars"], each["read_by"][0])
        for name, each in result["labels"].items()
    ]
    write_table(columns, rows)
    say(
        f"{result['n_tagged']} of {result['n_tagged'] + result['n_refused']} spectra are tagged; "
        f"the others are too far from labelled ones, or not encoded. "
        f"Kept as predictions of {result['model']}."
    )
    hint("the same with --json gives every spectrum's labels")
