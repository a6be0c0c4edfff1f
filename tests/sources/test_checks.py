"""Files that are not what was asked for."""

import io
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from starsieve.errors import SourceError
from starsieve.sources.checks import check_fits, check_table, check_xml

HTML = b"<!DOCTYPE html><html><body>Service unavailable</body></html>"


def make_fits(checksum: bool = True) -> bytes:
    """Make a FITS file with a table, as light curves are."""
    time = fits.Column("TIME", "D", array=np.arange(1000.0))
    stream = io.BytesIO()
    table = fits.BinTableHDU.from_columns([time])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(stream, checksum=checksum)
    return stream.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("checksum", [True, False])
def test_a_whole_file_is_accepted(file, checksum):
    file.write_bytes(make_fits(checksum))

    check_fits(file)


def test_a_page_is_no_fits(file):
    file.write_bytes(HTML)

    with pytest.raises(SourceError, match=r"an HTML page came .*Service unavailable"):
        check_fits(file)


def test_nothing_is_no_fits(file):
    file.write_bytes(b"")

    with pytest.raises(SourceError, match="nothing came"):
        check_fits(file)


@pytest.mark.parametrize("left", [0.3, 0.9, 0.999])
def test_a_truncated_file_is_found_out(file, left):
    content = make_fits(checksum=False)
    file.write_bytes(content[: int(len(content) * left)])

    with pytest.raises(SourceError, match="FITS"):
        check_fits(file)


def test_one_bit_of_the_data_is_found_out(file):
    content = bytearray(make_fits())
    content[-4000] ^= 1
    file.write_bytes(content)

    with pytest.raises(SourceError, match="other data than its DATASUM"):
        check_fits(file)


def test_one_letter_of_a_header_is_found_out(file):
    content = make_fits().replace(b"TTYPE1  = 'TIME", b"TTYPE1  = 'LIME")
    file.write_bytes(content)

    with pytest.raises(SourceError, match="not what its CHECKSUM says"):
        check_fits(file)


@pytest.mark.real_data
def test_real_light_curves_are_true_to_their_checksums(real_data):
    files = sorted((real_data / "tess" / "lightcurves").glob("*_lc.fits"))[:3]

    assert files
    for path in files:
        check_fits(path)


def test_xml_must_be_whole(file):
    file.write_bytes(b"<a><b/></a>")
    check_xml(file)

    for content in (HTML, b"<a><b/>", b"nothing of the kind"):
        file.write_bytes(content)
        with pytest.raises(SourceError, match="XML"):
            check_xml(file)


def test_a_table_must_have_its_columns(file):
    file.write_text("# a remark\nTIC ID,TOI\n1,2\n")
    check_table(file, "TIC ID", "toi")

    for content in (HTML, b'<?xml version="1.0"?><VOTABLE>TOI TIC ID</VOTABLE>', b"name,ra\n1,2"):
        file.write_bytes(content)
        with pytest.raises(SourceError, match="came instead of a table with the column TIC ID"):
            check_table(file, "TIC ID")
