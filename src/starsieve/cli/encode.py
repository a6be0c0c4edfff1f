"""``starsieve encode``: what a model makes of a collection's spectra."""

from typing import Annotated

import typer

from starsieve.cli.options import ArchivePath, AsJson
from starsieve.cli.output import hint, report_failures, write_facts, write_record
from starsieve.cli.read import FailedFile
from starsieve.cli.runs import run_recorded


def encode(
    collection: Annotated[
        str,
        typer.Option("--collection", metavar="NAME", help="Its spectra.", show_default=False),
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="NAME",
            help="A representation, by name or folder.",
            show_default=False,
        ),
    ],
    velocity: Annotated[
        str | None,
        typer.Option(
            "--velocity",
            metavar="LABEL",
            help="The label that holds known velocities (km/s), to be taken out.",
            show_default=False,
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Forget what is encoded already, and begin anew.")
    ] = False,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Encode a collection's spectra: a few numbers for each, kept in the archive.

    For example:
      starsieve encode --collection harps --model my-stars
      starsieve encode --collection miles --model my-stars --velocity radial_velocity

    What the model has encoded already is left out, so an encoding that was stopped goes on where
    it was. Spectra that can't be encoded are listed with the reason; exit code 3 if there are
    any.
    """
    options = {"collection": collection, "model": model, "again": again}
    options |= {"velocity": velocity} if velocity else {}
    result = run_recorded("representations.encode", options, archive)
    failures = [FailedFile(each["file"], each["error"]) for each in result.pop("failed")]
    if as_json:
        write_record(result)
    else:
        write_facts(result)
        hint(f"starsieve disentangle {collection} --model {model} says what the latents mean")
    report_failures(failures, result["n_encoded"] + result["n_left_out"], as_json)
