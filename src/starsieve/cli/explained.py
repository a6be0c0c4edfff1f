"""Which wavelengths drive parameters: lines below a table, and ``starsieve plot drivers``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.figures import Out, ThemeChoice, check_suffix, write_figure
from starsieve.cli.options import ArchivePath, ModelName, Seed, archive_if_there
from starsieve.cli.output import report_failures, show_progress, write_text

if TYPE_CHECKING:
    from starsieve.atmospheres.inferences import Inferences


def write_explanations(results: "Inferences") -> None:
    """Write the strongest bands of each spectrum, and those of the mean if there are several."""
    explained = [each for each in results if each.explanation is not None]
    for result in explained:
        if result.explanation is not None:
            write_text(f"driven by, {result.title}:")
            write_text("\n".join(f"  {line}" for line in result.explanation.sentences()))
    if len(explained) > 1:
        from starsieve.atmospheres.mean_explanation import average_explanations

        mean = average_explanations([e.explanation for e in explained if e.explanation is not None])
        write_text(f"driven by, mean of {mean.n_spectra} spectra:")
        write_text("\n".join(f"  {line}" for line in mean.sentences()))


def drivers(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", readable=False, show_default=False)
    ],
    out: Out,
    model: ModelName = None,
    seed: Seed = 0,
    theme: ThemeChoice = "light",
    archive: ArchivePath = None,
) -> None:
    """Draw which wavelengths drive each parameter, as the mean over spectra.

    For example:
      starsieve plot drivers *.fits --out drivers.pdf
      starsieve plot drivers night1/*.txt --model diamondback-spex --out drivers.html

    Each of 30 bands is left out of each spectrum in turn. A bar is the mean influence of a band,
    and dark if it has an effect in half of the spectra or more.
    """
    check_suffix(out)
    from starsieve.atmospheres.infer import infer
    from starsieve.atmospheres.mean_explanation import average_explanations
    from starsieve.atmospheres.models import DEFAULT, load_model

    with archive_if_there(archive) as store:
        loaded = load_model(model or DEFAULT, store)
    with show_progress("explaining") as progress:
        results = infer(files, loaded, draws=1, seed=seed, explain=True, progress=progress)
    if len(results):
        mean = average_explanations([e.explanation for e in results if e.explanation is not None])
        title = f"{mean.n_spectra} spectra, by {loaded.name}"
        write_figure(out, lambda: mean.plot(title=title), mean.figure, theme, title)
    report_failures(results.failures, len(results), as_json=False)
