"""``starsieve reconstruct``: how much of a spectrum is in a model's few numbers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.options import ArchivePath, AsJson, archive_if_there
from starsieve.cli.output import hint, report_failures, say, write_record, write_table

if TYPE_CHECKING:
    from starsieve.representations.reconstruction import Reconstruction


def reconstruct(
    files: Annotated[
        list[Path],
        # readable or not is found out file by file: one bad file shall not stop the others
        typer.Argument(metavar="FILE...", readable=False, show_default=False),
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
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure",
            metavar="FILE",
            help="Draw both: pdf, a page for each spectrum; or png or svg for a single one.",
            show_default=False,
        ),
    ] = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Encode spectra and decode them again: what is left, beside what the mean spectrum leaves.

    For example:
      starsieve reconstruct star.fits --model my-stars
      starsieve reconstruct *.fits --model my-stars --figure stars.pdf
      starsieve reconstruct star.fits --model my-stars --json | jq .latents

    Errors are rms, relative to the spectrum's median. Needs no archive and leaves nothing behind.
    """
    from starsieve.representations.models import load_representation
    from starsieve.representations.reconstruction import reconstruct as reconstruct_spectra

    with archive_if_there(archive) as store:
        loaded = load_representation(model, store)
    found, failures = reconstruct_spectra(files, loaded)
    if as_json:
        for each in found:
            write_record(each.to_record())
    elif found:
        columns = ("object", "rms", "rms_of_mean_spectrum", "chi2_reduced", "coverage", "file")
        records = [each.to_record() for each in found]
        write_table(columns, [[_text(record[name]) for name in columns] for record in records])
    if figure is not None and found:
        say(f"figure: {_draw(found, figure, model)}")
    report_failures(failures, len(found), as_json)
    if figure is None:
        hint("the same with --figure FILE.pdf draws spectrum and reconstruction")


def _draw(found: list["Reconstruction"], path: Path, model: str) -> Path:
    """Draw each spectrum with what the model makes of it; return where."""
    from starsieve.plots import plot_fit, save_figure, save_pages

    figures = [
        plot_fit(
            each.to_spectrum(),
            each,
            title=f"{each.object or each.file} by {model}: rms {each.rms:.3g} "
            f"(mean spectrum {each.rms_of_mean:.3g})",
        )
        for each in found
    ]
    if path.suffix.lower() == ".pdf":
        return save_pages(figures, path)
    if len(figures) > 1:
        msg = f"{len(figures)} spectra are drawn into a PDF, a page each; got {path}."
        raise typer.BadParameter(msg)
    return save_figure(figures[0], path)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
