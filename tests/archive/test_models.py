from pathlib import Path

import pytest

from starsieve.archive import Archive
from starsieve.errors import ArchiveError, DataError, NotInArchiveError


def write_model(folder: Path, card: str = "{}") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(card)
    (folder / "weights.safetensors").write_bytes(b"...")


def test_a_model_is_listed_and_removed(archive: Archive) -> None:
    write_model(archive.models.folder("sonora"))

    registered = archive.models.register("sonora")

    assert archive.models.list() == [registered]
    archive.models.remove("sonora")
    assert archive.models.list() == []
    assert not archive.models.folder("sonora").exists()


def test_a_model_that_changes_changes_its_hash(archive: Archive) -> None:
    write_model(archive.models.folder("sonora"))
    before = archive.models.register("sonora")
    write_model(archive.models.folder("sonora"), '{"version": 2}')

    after = archive.models.register("sonora")

    assert after.card_hash != before.card_hash
    assert archive.models.list() == [after]


def test_a_model_without_weights_is_not_listed(archive: Archive) -> None:
    archive.models.folder("half").mkdir(parents=True)
    (archive.models.folder("half") / "model.json").write_text("{}")

    with pytest.raises(ArchiveError, match=r"weights\.safetensors"):
        archive.models.register("half")
    assert archive.models.list() == []


def test_unknown_models_are_told(archive: Archive) -> None:
    with pytest.raises(NotInArchiveError, match="none yet"):
        archive.models.remove("sonora")
    with pytest.raises(DataError):
        archive.models.folder("../../etc")
