import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from starsieve.archive import Archive, CandidateRow, LabelRow, Target, check, upgrade_archive
from starsieve.archive.candidate_pages import read_candidate_page
from starsieve.archive.candidate_query import CandidateQuery
from starsieve.archive.migrate import alembic_config
from starsieve.archive.schema import VERSION, metadata
from starsieve.errors import ArchiveError
from tests.archive.test_light_curves import make_curve
from tests.archive.test_predictions import make_prediction
from tests.archive.test_spectra import make_spectrum

NEW_TABLES = {
    *("candidate", "candidate_score", "disposition", "product"),
    *("embedding", "embedding_set"),
    *("study", "study_entry"),
}


def make_old(archive: Archive) -> int:
    """Make the archive one of schema 0001 that holds a star, its label and its light curve."""
    with archive.catalogue.writing() as connection:
        command.downgrade(alembic_config(connection), "base")
        command.upgrade(alembic_config(connection), "0001")
        assert not NEW_TABLES & set(inspect(connection).get_table_names())
        marker = archive.root / "archive.json"
        identity = {"id": json.loads(marker.read_text())["id"]}
        connection.execute(
            text("INSERT INTO identity (id, created) VALUES (:id, '2026-01-01 00:00:00')"), identity
        )
        connection.execute(
            text("INSERT INTO target (name, ra, dec, tic) VALUES ('pi Men', 84.3, -80.5, 261)")
        )
        number = connection.scalar(text("SELECT id FROM target"))
    archive.labels.add([LabelRow("teff", 6037.0, 45.0, "K", "TIC", target=number)])
    archive.light_curves.add([make_curve(50)], "night", targets=[number])
    return int(number or 0)


def test_an_archive_of_the_first_schema_keeps_everything(
    archive: Archive, database_url: str | None
) -> None:
    star = make_old(archive)
    with pytest.raises(ArchiveError, match="starsieve archive upgrade"):
        Archive.open(archive.root, database_url)

    assert upgrade_archive(archive.root, database_url) == ("0001", VERSION)

    with Archive.open(archive.root, database_url) as upgraded:
        assert upgraded.targets.get(star) == Target("pi Men", 84.3, -80.5, tic=261, id=star)
        assert upgraded.labels.of_target(star)[0].value == 6037.0
        (curve,) = upgraded.light_curves.of_target(star)
        assert len(upgraded.light_curves.read([curve.id])[0]) == 50
        assert check(upgraded).problems == ()
        upgraded.candidates.add([CandidateRow(origin="TOI", name="144.01", target=star)])
        assert upgraded.candidates.list(tic=261)[0].name == "144.01"
        with upgraded.catalogue.reading() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []


def test_predictions_that_were_kept_before_say_nothing_of_grids(
    archive: Archive, database_url: str | None
) -> None:
    (number,) = archive.spectra.add([make_spectrum()], "observed")
    row = replace(make_prediction(number), grids={"bt-settl": {"weight": 1.0}})
    archive.predictions.add("several", None, [row])
    with archive.catalogue.writing() as connection:
        command.downgrade(alembic_config(connection), "0007")

    upgrade_archive(archive.root, database_url)

    with Archive.open(archive.root, database_url) as upgraded:
        assert upgraded.predictions.of_spectrum(number) == [replace(row, model="several", grids={})]
        upgraded.predictions.add("several", None, [row])
        assert upgraded.predictions.of_spectrum(number) == [replace(row, model="several")]


def test_what_was_json_becomes_columns_and_back(archive: Archive, database_url: str | None) -> None:
    (star,) = archive.targets.add([Target("TOI-270", tic=25)])
    listed, own, bare = archive.candidates.add(
        [
            CandidateRow(origin="TOI", name="270.01", target=star, teq_k=528.0, teff=3500.0),
            CandidateRow(
                origin="search", name="a.01", target=star, other={"fit": {"teq_k": 530.0}}
            ),
            CandidateRow(origin="TOI", name="270.02", target=star, other={"note": "x"}),
        ]
    ).ids
    for value, who, year in (("PC", "TFOPWG", 2019), ("CP", "TFOPWG", 2020), ("EB", "Ada", 2021)):
        when = datetime(year, 1, 1, tzinfo=UTC)
        archive.candidates.disposition(listed, value, who, when)
    with archive.catalogue.writing() as connection:
        command.downgrade(alembic_config(connection), "0004")
        other = text("SELECT other FROM candidate ORDER BY id")
        kept = [json.loads(row) for row in connection.scalars(other)]
    assert kept == [{"teq_k": 528.0, "teff": 3500.0}, {"fit": {"teq_k": 530.0}}, {"note": "x"}]

    upgrade_archive(archive.root, database_url)

    with Archive.open(archive.root, database_url) as upgraded:
        found = {row["id"]: row for row in read_candidate_page(upgraded, CandidateQuery()).rows}
        assert (found[listed]["teq_k"], found[listed]["teff"]) == (528.0, 3500.0)
        assert (found[listed]["disposition"], found[listed]["verdict"]) == ("CP", "EB")
        assert (found[own]["teq_k"], found[bare]["teq_k"]) == (530.0, None)
        assert [upgraded.candidates.get(n).other for n in (listed, bare)] == [{}, {"note": "x"}]
