"""The SpeX Prism Library: found without importing it, selected by a stated rule, verified."""

import hashlib
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from starsieve.errors import DataError, SourceError
from starsieve.sources import spex

FOLDER = "splat/resources/Spectra/Public/SPEX-PRISM"
SPECTRA = """\
DATA_KEY,SOURCE_KEY,DATA_FILE,OBSERVATION_DATE,RESOLUTION,QUALITY_FLAG,MEDIAN_SNR,SPEX_TYPE,PUBLISHED,BIBCODE
1,1,1_1.fits,20001106,120,OK,224,L5.0,Y,2004PASP..116..362C
2,2,2_2.fits,20001107,0,OK,,T2.0,Y,2004AJ....127.2856B
3,3,3_3.fits,20001108,120,OK,50,M7.0,Y,2004AJ....127.2856B
4,1,4_1.fits,20001109,120,POOR,12,L5.0,Y,2004PASP..116..362C
5,1,5_1.fits,20001110,120,OK,80,L5.0,N,2004PASP..116..362C
6,1,6_1.fits,20001111,120,OK,80,L5.0,Y,BURGASSER-NP
7,4,7_4.fits,20001112,120,OK,300,M5.0,Y,2004PASP..116..362C
8,5,8_5.fits,20001113,120,OK,300,M0.0,Y,2004PASP..116..362C
9,99,9_99.fits,20001114,120,OK,81,L7.0,Y,2015ApJS..219...33G
10,6,10_6.fits,,120,OK,81,L0.0:,Y,2015ApJS..219...33G
"""
SOURCES = """\
SOURCE_KEY,NAME,RA,DEC,OBJECT_TYPE,LIT_TYPE,BINARY,SBINARY
1,Plain L dwarf,84.966621,-0.98383337,VLM,L5,,
2,Binary,10.5,20.25,VLM,T2pec,Y,
3,Subdwarf,200,-33,STAR,d/sdM7,,
4,Giant,1,1,GIANT,M5 III,,
5,K star,2,2,STAR,K5Ve,,
6,Typed by SpeX alone,,,VLM,,,Y
"""


def write_library(root: Path, spectra: str = SPECTRA, sources: str = SOURCES) -> Path:
    """Write a distribution of a few spectra and return the folder to put on sys.path."""
    files = {f"{FOLDER}/{line.split(',')[2]}.gz": line for line in spectra.splitlines()[1:]}
    files |= {"splat/db/spectral_data.csv": spectra, "splat/db/source_data.csv": sources}
    files["splat/__init__.py"] = "raise RuntimeError('this package must not be imported')\n"
    record = []
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        digest = urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=")
        record.append(f"{name},sha256={digest.decode()},{len(text)}")
    information = root / "splat-1.14.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: splat\nVersion: 1.14\n")
    (information / "RECORD").write_text("\n".join(record))
    return root


@pytest.fixture
def library(tmp_path, monkeypatch):
    root = write_library(tmp_path)
    monkeypatch.syspath_prepend(root)
    return root


def test_only_published_good_dwarfs_with_a_known_source_are_listed(library):
    names = [entry.name for entry in spex.list_spectra()]

    assert names == ["Plain L dwarf", "Binary", "Subdwarf", "Typed by SpeX alone"]


def test_an_entry_carries_what_the_tables_say(library):
    entry = spex.list_spectra("L")[0]

    assert entry.path == library / FOLDER / "1_1.fits.gz"
    assert (entry.ra, entry.dec, entry.snr, entry.resolution) == (84.966621, -0.98383337, 224, 120)
    assert (entry.kind, entry.spectral_type, entry.subtype) == ("L", "L5", 15.0)
    assert (entry.date, entry.reference) == ("2000-11-06", "2004PASP..116..362C")
    assert not entry.binary


def test_unknown_values_are_none_and_not_zero(library):
    binary, by_spex = spex.list_spectra("T") + spex.list_spectra("L")[1:]

    assert (binary.snr, binary.resolution, binary.binary) == (None, None, True)
    assert (by_spex.ra, by_spex.dec, by_spex.date, by_spex.binary) == (None, None, "", True)


def test_classes_select_by_the_type_that_decides(library):
    assert [entry.spectral_type for entry in spex.list_spectra("LT")] == ["L5", "T2pec", "L0.0:"]
    assert [entry.subtype for entry in spex.list_spectra("LT")] == [15.0, 22.0, 10.0]


@pytest.mark.parametrize("kinds", ["", "Y", "MLTK", "lt"])
def test_unknown_classes_are_refused(library, kinds):
    with pytest.raises(DataError, match="must be some of MLT"):
        spex.list_spectra(kinds)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("M0", 0.0),
        ("L0", 10.0),
        ("T0", 20.0),
        ("M8.5 V", 8.5),
        ("usdM5", 5.0),
        ("d/sdM5/7", 5.0),
        ("L7+T8?", 17.0),
        ("L2.5+/-1.5", 12.5),
        ("K7/M0Ve", None),
        ("<M3", None),
        ("M alpha", None),
        ("massive giant", None),
        ("", None),
    ],
)
def test_spectral_types_become_numbers(text, number):
    assert spex.parse_type(text) == number


def test_untouched_files_pass_and_a_changed_one_is_named(library):
    entries = spex.list_spectra()
    spex.verify(entries)

    entries[1].path.write_text("something else")

    with pytest.raises(SourceError, match=r"2_2\.fits\.gz is not the file.*--force-reinstall"):
        spex.verify(entries)


def test_a_file_that_went_missing_is_named(library):
    entries = spex.list_spectra()
    entries[0].path.unlink()

    with pytest.raises(SourceError, match=r"1_1\.fits\.gz.*No such file"):
        spex.verify(entries)


def test_without_the_library_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    with pytest.raises(SourceError, match=r"pip install --no-deps splat==1\.14"):
        spex.list_spectra()


def test_another_package_of_that_name_is_no_library(library):
    (library / "splat/db/spectral_data.csv").unlink()

    with pytest.raises(SourceError, match="not the SpeX Prism Library"):
        spex.version()


def test_a_table_with_other_columns_is_refused_by_column(tmp_path, monkeypatch):
    root = write_library(tmp_path, spectra=SPECTRA.replace("BIBCODE", "DATA_REFERENCE"))
    monkeypatch.syspath_prepend(root)

    with pytest.raises(SourceError, match="no column BIBCODE"):
        spex.list_spectra()


def test_a_table_that_is_no_text_is_refused(library):
    (library / "splat/db/source_data.csv").write_bytes(b"\xff\xfe\x00\x01")

    with pytest.raises(SourceError, match=r"Can't read .*source_data\.csv"):
        spex.list_spectra()


def test_a_spectrum_listed_but_not_held_is_an_error(tmp_path, monkeypatch):
    root = write_library(tmp_path)
    record = root / "splat-1.14.dist-info/RECORD"
    record.write_text("\n".join(line for line in record.read_text().split() if "1_1" not in line))
    monkeypatch.syspath_prepend(root)

    with pytest.raises(SourceError, match=r"lists 1_1\.fits\.gz but does not hold it"):
        spex.list_spectra()


def test_the_package_is_never_imported(tmp_path):
    root = write_library(tmp_path)
    code = "import sys; from starsieve.sources import spex; spex.verify(spex.list_spectra())"

    done = subprocess.run(
        [sys.executable, "-c", code + "; assert 'splat' not in sys.modules"],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


def test_the_installed_library_has_the_documented_numbers():
    try:
        installed = version("splat")
    except PackageNotFoundError:
        pytest.skip(f"the SpeX Prism Library is not installed: {spex.INSTALL}")
    if installed != "1.14":
        pytest.skip(f"splat {installed} is installed; the numbers are of 1.14")

    entries = spex.list_spectra()

    assert Counter(entry.kind for entry in entries) == {"M": 989, "L": 846, "T": 191}
    spex.verify(entries)
