"""``starsieve emulate``: a model spectrum at any parameters inside a grid."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starsieve.cli.options import AsJson
from starsieve.cli.output import hint, say, write_facts, write_record

if TYPE_CHECKING:
    from starsieve.atmospheres.emulators.compare import Comparison
    from starsieve.atmospheres.emulators.emulate import Emulation
    from starsieve.atmospheres.emulators.emulator import Emulator
    from starsieve.data.spectrum import FloatArray

TABLES = {".csv": "ascii.csv", ".ecsv": "ascii.ecsv", ".fits": "fits"}


def emulate(
    grid: Annotated[Path, typer.Argument(metavar="GRID", readable=False, show_default=False)],
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="LABEL=VALUE", help="Where; once for each label."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="LABEL=WORD", help="Which nodes, of a label that holds words."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write the spectrum: ecsv, fits, csv.", show_default=False
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure", metavar="FILE", help="Draw it: pdf, png, svg.", show_default=False
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="DIR", help="Keep the emulator there.", show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="SPECTRUM",
            readable=False,
            help="A spectrum to compare with: its scale, chi-square, p-value.",
            show_default=False,
        ),
    ] = None,
    masks: Annotated[
        list[str] | None,
        typer.Option("--mask", metavar="LOW:HIGH", help="Micron that don't count; repeatable."),
    ] = None,
    fitted: Annotated[
        int,
        typer.Option("--fitted", min=0, help="Labels that were fitted to that very spectrum."),
    ] = 0,
    extrapolate: Annotated[
        bool, typer.Option("--extrapolate", help="Answer outside of the grid, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give the model spectrum at any parameters inside a model grid, with the error of that.

    For example:
      starsieve emulate grid.h5
      starsieve emulate grid.h5 --at teff=1234 --at logg=4.9 --at mh=0.1 --out spectrum.ecsv
      starsieve emulate grid.h5 --at teff=450 --at logg=4.2 --only cld=NC --figure model.pdf
      starsieve emulate grid.h5 --save my-emulator
      starsieve emulate my-emulator --at teff=1234 --at logg=4.9 --at mh=0.1 --json
      starsieve emulate my-emulator --at teff=1234 ... --against star.fits --mask 1.35:1.42

    GRID is a file of a model grid, or a folder that --save wrote. Without --at: its labels, and
    how well each of its nodes is predicted by the others.
    """
    from starsieve.atmospheres.emulators.emulate import emulate_at, open_emulator
    from starsieve.atmospheres.emulators.stored import save_emulator

    if out is not None and out.suffix.lower() not in TABLES:
        msg = f"--out: expected a name that ends in {', '.join(TABLES)}, got {out}."
        raise typer.BadParameter(msg)
    if not at and (out, figure, against) != (None, None, None):
        msg = "--out, --figure and --against need a point: --at LABEL=VALUE for each label."
        raise typer.BadParameter(msg)
    bands = [_band(text) for text in masks or []]
    values = {name: _number(name, text) for name, text in _pairs("--at", at or []).items()}
    emulator = open_emulator(grid, _pairs("--only", only or []), save.name if save else "")
    if save is not None:
        save_emulator(emulator, save)
        say(f"emulator: {save}")
    if not values:
        _describe(emulator, as_json)
        return
    parameters = emulator.space.to_parameters(values)
    found = emulate_at(emulator, parameters, extrapolate=extrapolate)
    compared = None if against is None else _compare(found, parameters[0], against, bands, fitted)
    _write(found, compared, out, figure, as_json)


def _describe(emulator: "Emulator", as_json: bool) -> None:
    """Write what an emulator is of, and how good."""
    card = emulator.card.model_dump(mode="json")
    if as_json:
        write_record(card)
        return
    ranges = {o.name: f"{o.minimum:g} to {o.maximum:g} {o.unit}" for o in emulator.card.outputs}
    shown = ("name", "n_nodes", "n_components", "n_pixels", "wave_min_um", "wave_max_um")
    facts: dict[str, Any] = {key: card[key] for key in (*shown, "flux_unit", "limits")}
    facts |= {"free labels": ", ".join(emulator.names)}
    ties = {follower.name: follower.to or "one value" for follower in emulator.space.followers}
    facts |= {f"{name} follows": to for name, to in ties.items()}
    error = emulator.card.metrics["left_out"]
    facts |= {
        "relative error of nodes left out, median": f"{error['median']:.3g}",
        "relative error of nodes left out, 95 %": f"{error['p95']:.3g}",
    }
    write_facts({**ranges, **facts})
    hint("starsieve emulate GRID --at LABEL=VALUE ... --out spectrum.ecsv")


def _compare(
    found: "Emulation",
    parameters: "FloatArray",
    against: Path,
    bands: list[tuple[float, float]],
    fitted: int,
) -> "Comparison":
    """Compare a file's spectrum with the model's."""
    from starsieve.atmospheres.emulators.compare import compare
    from starsieve.readers import read

    return compare(
        read(against).spectrum,
        found.emulator,
        parameters,
        masked=bands,
        n_fitted=fitted,
        extrapolate=bool(found.extrapolated[0]),
    )


def _write(
    found: "Emulation",
    compared: "Comparison | None",
    out: Path | None,
    figure: Path | None,
    as_json: bool,
) -> None:
    """Write the spectrum: to files where asked for, and what it is to standard output."""
    record = found.to_record()
    if compared is not None:
        record["against"] = compared.to_record()
    if as_json:
        write_record(record)
    else:
        arrays = ("wave_um", "flux", "sigma")
        facts = {key: value for key, value in record.items() if key not in arrays}
        write_facts({**facts, "relative_error": f"{record['relative_error']:.3g}"})
    if found.extrapolated[0]:
        say("warning: the point is outside of the grid; its error may be larger than stated")
    if out is not None:
        say(f"spectrum: {_write_table(found, out)}")
    if figure is not None:
        from starsieve.plots import save_figure

        drawn = found.plot() if compared is None else compared.plot(found.title())
        say(f"figure: {save_figure(drawn, figure)}")
    if out is None and figure is None and not as_json:
        hint("the same with --out spectrum.ecsv writes the spectrum")


def _write_table(found: "Emulation", path: Path) -> Path:
    """Write wavelengths, flux and error as a table; the file is there whole or not at all."""
    from io import BytesIO, StringIO

    from astropy.table import Table

    from starsieve.data.tables import to_table
    from starsieve.plots import write_atomically

    kind, spectrum = TABLES[path.suffix.lower()], found.spectrum()
    table = to_table(spectrum)
    if kind == "ascii.ecsv":
        text = StringIO()
        table.write(text, format=kind)
        return write_atomically(path, text.getvalue().encode())
    plain = Table(table["wave", "flux", "sigma"], meta={"OBJECT": spectrum.meta["object"][:68]})
    if kind == "fits":
        buffer = BytesIO()
        plain.write(buffer, format=kind)
        return write_atomically(path, buffer.getvalue())
    for name in plain.colnames:  # CSV has no other place for units
        plain.rename_column(name, f"{name} [{plain[name].unit}]" if plain[name].unit else name)
    text = StringIO()
    plain.write(text, format=kind)
    return write_atomically(path, text.getvalue().encode())


def _pairs(option: str, texts: list[str]) -> dict[str, str]:
    """Return what was given as ``NAME=VALUE``, by name as the labels are called here."""
    from starsieve.data.labels import ALIASES

    pairs = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            msg = f"{option} {text}: expected NAME=VALUE."
            raise typer.BadParameter(msg)
        pairs[ALIASES.get(name.lower(), name)] = value
    return pairs


def _band(text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    try:
        band = float(low), float(high)
    except ValueError:
        band = 0.0, 0.0
    if not 0 < band[0] < band[1]:
        msg = f"--mask {text}: expected LOW:HIGH in micron, as in 1.35:1.42."
        raise typer.BadParameter(msg)
    return band


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        msg = f"--at {name}={text}: expected a number."
        raise typer.BadParameter(msg) from None
