"""``starsieve sliders``: move through the latents of a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.options import ArchivePath, AsJson, get_settings
from starsieve.cli.output import hint, say, write_record, write_table

if TYPE_CHECKING:
    from starsieve.representations.sliders import Sliders


def sliders(
    model: Annotated[str, typer.Argument(metavar="MODEL", show_default=False)],
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection",
            metavar="NAME",
            help="A collection that the model has encoded; needed if there are several.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        Path | None,
        typer.Option(
            "--at",
            metavar="FILE",
            readable=False,
            help="Start from this spectrum, not from the median of the collection.",
            show_default=False,
        ),
    ] = None,
    moved: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="LATENT=VALUE", help="Move one latent; again for others."),
    ] = None,
    traverse: Annotated[
        int | None,
        typer.Option(
            "--traverse",
            metavar="LATENT",
            min=0,
            help="Move one latent over its range, all others fixed.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=2, max=1000, help="Of that.")] = 7,
    neighbours: Annotated[
        int, typer.Option("--neighbours", min=0, max=100, help="Real spectra to name.")
    ] = 5,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure",
            metavar="FILE",
            help="Draw the traversal (that of the most telling latent, if none is named) "
            "as PDF, PNG or SVG.",
            show_default=False,
        ),
    ] = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Decode any point among a model's latents, and name the real spectra nearest to it.

    For example:
      starsieve sliders my-stars
      starsieve sliders my-stars --set 3=1.2 --set 0=-0.5 --json
      starsieve sliders my-stars --traverse 3 --steps 9 --figure strip.png
      starsieve sliders my-stars --at spectrum.fits

    Latents that tell most come first. Without --json the table gives each latent's value and
    range; with it the spectrum comes, too.
    """
    from starsieve.archive import Archive
    from starsieve.representations.sliders_session import SlidersSession
    from starsieve.representations.stored_sliders import open_sliders, point_of_file

    settings = get_settings(archive)
    with Archive.open(settings.archive, settings.database_url) as store:
        opened = open_sliders(model, store, collection)
        start = None if at is None else point_of_file(model, at, store).tolist()
    question: dict[str, Any] = {"set": _read_moved(moved or []), "neighbours": neighbours}
    question["latents"] = start
    if traverse is not None:
        question |= {"traverse": traverse, "steps": steps}
    session = SlidersSession(opened)
    answer = session.answer(question)
    if figure is not None:
        _draw(opened, answer, traverse, steps, figure)
    if as_json:
        write_record(answer)
        return
    _write_latents(session, answer)
    _write_neighbours(answer)
    hint("the same with --json gives the spectrum, with --traverse LATENT --figure FILE a strip")


def _read_moved(moved: list[str]) -> dict[str, str]:
    """Return what ``--set`` moves; whether it makes sense is found out with the question."""
    found: dict[str, str] = {}
    for each in moved:
        latent, equals, value = each.partition("=")
        if not equals:
            msg = f"--set: expected LATENT=VALUE as in 3=1.2, got {each!r}."
            raise typer.BadParameter(msg)
        found[latent.strip()] = value.strip()
    return found


def _draw(
    sliders: "Sliders", answer: dict[str, Any], traverse: int | None, steps: int, path: Path
) -> None:
    from starsieve.plots import save_figure
    from starsieve.plots.sliders import plot_traversal

    latent = int(sliders.order[0]) if traverse is None else traverse
    values, flux = sliders.traverse(latent, steps, answer["latents"])
    title = f"{sliders.model.name}, {sliders.space.collection}"
    strip = plot_traversal(sliders.model.wave, values, flux, name=f"latent {latent}", title=title)
    say(f"figure: {save_figure(strip, path)}")


def _write_latents(session: Any, answer: dict[str, Any]) -> None:
    rows = [
        (
            each["latent"],
            f"{answer['latents'][each['latent']]:.4g}",
            f"{each['low']:.4g}",
            f"{each['high']:.4g}",
            f"{each['information']:.3g}",
        )
        for each in session.describe()["latents"]
    ]
    write_table(("latent", "value", "low", "high", "information"), rows)


def _write_neighbours(answer: dict[str, Any]) -> None:
    near = answer["neighbours"]
    if not near:
        return
    names = list(answer["labels"])
    rows = [
        (
            each["id"],
            each["object"],
            f"{each['distance']:.3g}",
            *(f"{each['labels'][n]:.6g}" if n in each["labels"] else "" for n in names),
        )
        for each in near
    ]
    write_table(("nearest", "object", "distance", *names), rows)
