"""``starsieve rank``: a probability of being a planet for each row of a table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starsieve.cli.options import ArchivePath, AsJson, ModelName, archive_if_there
from starsieve.cli.output import hint, report_failures, say, write_record, write_table

if TYPE_CHECKING:
    from starsieve.transits.ranking import Ranking


def rank(
    table: Annotated[Path, typer.Argument(metavar="TABLE", readable=False, show_default=False)],
    tic: Annotated[
        Path | None,
        typer.Option(
            "--tic",
            metavar="TABLE",
            readable=False,
            help="A table of the TESS Input Catalog with more about the stars.",
            show_default=False,
        ),
    ] = None,
    model: ModelName = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write all rows to a CSV file, with a header that says how they were made.",
            show_default=False,
        ),
    ] = None,
    archive: ArchivePath = None,
    as_json: AsJson = False,
) -> None:
    """Rank planet candidates: a probability for each row of a TOI table.

    For example:
      starsieve rank exofop_toilists.csv
      starsieve rank toi.csv --tic tic.csv --json > probabilities.jsonl
      starsieve rank toi.csv --output ranked.csv

    Takes TOI tables of ExoFOP and of the NASA Exoplanet Archive, old and new. Values may be
    missing. Rows stay in the order of the table; a row that makes no sense is named and the
    others go on. The probability says what such a row usually turned out to be; no light
    curve is looked at.
    """
    from starsieve.transits.ranker import SHIPPED
    from starsieve.transits.ranking import rank as rank_table

    if output is not None and output.resolve() in {each.resolve() for each in (table, tic) if each}:
        msg = f"--output {output} is the table itself; give another name."
        raise typer.BadParameter(msg)
    with archive_if_there(archive) as store:
        ranking = rank_table(table, model or SHIPPED, stars=tic, archive=store)
    for note in ranking.notes:
        say(note)
    if output is not None:
        _write_csv(ranking, output)
        say(f"{len(ranking)} rows: {output}")
    _write(ranking, as_json, to_file=output is not None)
    report_failures(ranking.failures, len(ranking), as_json)
    if output is None and not as_json:
        hint("the same with --json or --output FILE gives all reasons and warnings")


def _write(ranking: "Ranking", as_json: bool, to_file: bool) -> None:
    from starsieve.transits.ranking import HEADINGS, row_cells

    if as_json:
        for row in ranking:
            write_record(row.to_record())
    elif len(ranking) and not to_file:
        write_table(HEADINGS, map(row_cells, ranking))


def _write_csv(ranking: "Ranking", path: Path) -> None:
    """Write a CSV file whose first lines are comments with the provenance; whole or not at all."""
    import csv

    columns = ranking.columns()
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        for name, value in ranking.provenance.items():
            file.write(f"# {name}: {', '.join(value) if isinstance(value, list) else value}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    part.replace(path)
