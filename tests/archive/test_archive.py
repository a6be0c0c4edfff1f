import json
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from starsieve.archive import Archive, open_archive, summarise, upgrade_archive
from starsieve.archive.migrate import MIGRATIONS, alembic_config
from starsieve.archive.schema import VERSION, metadata
from starsieve.data import SpectrumSet
from starsieve.errors import ArchiveError
from tests.conftest import make_spectra


def test_an_archive_opens_as_it_was_closed(tmp_path: Path, database_url: str | None) -> None:
    with Archive.create(tmp_path / "a", database_url) as archive:
        archive.spectra.add_grid(make_spectra(20), "toys")

    with Archive.open(tmp_path / "a", database_url) as archive:
        assert [(c.name, c.n_items) for c in archive.collections.list()] == [("toys", 20)]


def test_making_an_archive_twice_opens_it(archive: Archive, database_url: str | None) -> None:
    archive.spectra.add_grid(make_spectra(5), "toys")

    with Archive.create(archive.root, database_url) as again:
        assert again.collections.get("toys").n_items == 5


def test_another_process_opens_the_same_archive(archive: Archive) -> None:
    settings = archive.settings
    with Archive.open(settings.archive, settings.database_url) as again:
        assert again.root == archive.root


def test_migrations_make_the_tables_that_the_code_knows(archive: Archive) -> None:
    with archive.catalogue.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_code_knows_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [VERSION]


def test_migrations_can_be_undone(archive: Archive) -> None:
    with archive.catalogue.writing() as connection:
        command.downgrade(alembic_config(connection), "base")
    with archive.catalogue.writing() as connection:
        command.upgrade(alembic_config(connection), "head")


def test_an_older_archive_asks_for_an_upgrade_and_gets_it(
    archive: Archive, database_url: str | None
) -> None:
    with archive.catalogue.writing() as connection:
        command.downgrade(alembic_config(connection), "base")

    with pytest.raises(ArchiveError, match="starsieve archive upgrade"):
        Archive.open(archive.root, database_url)
    assert upgrade_archive(archive.root, database_url) == (None, VERSION)
    with Archive.open(archive.root, database_url) as upgraded:
        assert upgraded.collections.list() == []


def test_an_archive_of_a_newer_version_is_refused(
    archive: Archive, database_url: str | None
) -> None:
    with archive.catalogue.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for way in (Archive.open, Archive.create, upgrade_archive):
        with pytest.raises(ArchiveError, match=r"9999.*[Uu]pdate starsieve"):
            way(archive.root, database_url)


def test_a_folder_that_is_not_there_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"no such folder.*archive create"):
        Archive.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("...")

    with pytest.raises(ArchiveError, match="is no archive"):
        Archive.open(tmp_path)
    with pytest.raises(ArchiveError, match="not empty"):
        Archive.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_archive(tmp_path: Path) -> None:
    file = tmp_path / "spectrum.txt"
    file.write_text("1 2\n")

    with pytest.raises(ArchiveError):
        Archive.open(file)
    with pytest.raises(ArchiveError):
        Archive.create(file)


@pytest.mark.parametrize("marker", ["", "{}", "[]", "not json", "\x00\xff"])
def test_a_damaged_marker_is_told(tmp_path: Path, marker: str) -> None:
    Archive.create(tmp_path / "a").close()
    (tmp_path / "a" / "archive.json").write_text(marker)

    with pytest.raises(ArchiveError, match=r"archive\.json"):
        Archive.open(tmp_path / "a")


@pytest.mark.parametrize("size", [0, 50, 5_000, 50_000])
def test_a_truncated_catalogue_is_told(tmp_path: Path, size: int) -> None:
    with Archive.create(tmp_path / "a") as archive:
        archive.spectra.add_grid(make_spectra(2000), "toys")
    catalogue = tmp_path / "a" / "catalogue.sqlite"
    assert catalogue.stat().st_size > 100_000
    with catalogue.open("r+b") as file:
        file.truncate(size)

    with pytest.raises(ArchiveError), Archive.open(tmp_path / "a") as archive:
        archive.spectra.read_grid("toys")


def test_a_lost_catalogue_is_told(tmp_path: Path) -> None:
    Archive.create(tmp_path / "a").close()
    (tmp_path / "a" / "catalogue.sqlite").unlink()

    with pytest.raises(ArchiveError, match=r"lacks its catalogue"):
        Archive.open(tmp_path / "a")


def test_an_archive_that_was_made_in_part_is_completed(tmp_path: Path) -> None:
    Archive.create(tmp_path / "a").close()
    (tmp_path / "a" / "catalogue.sqlite").unlink()

    with Archive.create(tmp_path / "a") as archive:
        assert archive.collections.list() == []


def test_the_catalogue_of_another_archive_is_refused(tmp_path: Path) -> None:
    Archive.create(tmp_path / "a").close()
    Archive.create(tmp_path / "b").close()
    (tmp_path / "a" / "catalogue.sqlite").replace(tmp_path / "b" / "catalogue.sqlite")

    with pytest.raises(ArchiveError, match="belongs to another archive"):
        Archive.open(tmp_path / "b")


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/x", "sqlite:///x", "http://x:y/z"])
def test_an_impossible_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ArchiveError, match="postgresql"):
        Archive.create(tmp_path / "a", url)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")

    with pytest.raises(ArchiveError, match="can't be reached") as caught:
        Archive.create(tmp_path / "a", "postgresql+psycopg://me:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "a").exists()


def test_a_catalogue_elsewhere_is_asked_for(tmp_path: Path) -> None:
    Archive.create(tmp_path / "a").close()
    marker = tmp_path / "a" / "archive.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"catalogue": "server"}))

    with pytest.raises(ArchiveError, match="STARSIEVE_DATABASE_URL"):
        Archive.open(tmp_path / "a")


def test_a_catalogue_in_a_file_takes_no_server(tmp_path: Path) -> None:
    Archive.create(tmp_path / "a").close()

    with pytest.raises(ArchiveError, match="in a file"):
        Archive.open(tmp_path / "a", "postgresql+psycopg://host/x")


def test_the_environment_names_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARSIEVE_ARCHIVE", str(tmp_path / "mine"))
    monkeypatch.delenv("STARSIEVE_DATABASE_URL", raising=False)

    with pytest.raises(ArchiveError, match="no such folder"):
        open_archive()
    with open_archive(create=True) as archive:
        assert archive.root == tmp_path / "mine"
    with open_archive(tmp_path / "mine") as archive:
        assert archive.collections.list() == []


def test_a_summary_counts_everything(archive: Archive, spectra: SpectrumSet) -> None:
    archive.spectra.add_grid(spectra, "toys")
    archive.runs.queue("some.task", {})

    summary = summarise(archive)

    assert (summary.n_spectra, summary.n_labels, summary.n_light_curves) == (400, 800, 0)
    assert [c.name for c in summary.collections] == ["toys"]
    assert summary.runs == {"queued": 1}
    assert summary.n_bytes > 400 * 60
