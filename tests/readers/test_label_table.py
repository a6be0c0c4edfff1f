import numpy as np
import pytest
from astropy import units as u
from astropy.table import Table

from starsieve.errors import DataError, FileError
from starsieve.readers.label_table import read_label_table


def write(folder, text):
    path = folder / "labels.csv"
    path.write_text(text)
    return path


def test_known_labels_get_their_names_and_units(tmp_path):
    table = read_label_table(
        write(
            tmp_path,
            "file,Teff [K],log g,[Fe/H],rv (m/s),n_lines\n"
            "a.fits,5777,4.44,0.0,1500,12\nb.fits,4000,1.5,-1,-300,7\n",
        )
    )

    assert sorted(table.values) == ["feh", "logg", "n_lines", "radial_velocity", "teff"]
    np.testing.assert_allclose(table.values["radial_velocity"], [1.5, -0.3])
    assert (table.units["teff"], table.units["radial_velocity"]) == ("K", "km / s")
    assert table.keys["file"] == ("a.fits", "b.fits")
    assert "Column 'rv (m/s)' was converted from m/s to km / s." in table.notes


def test_errors_belong_to_their_labels(tmp_path):
    text = "object,teff,teff_err,e_logg,logg\nHD 1,5000,50,0.1,4.5\nHD 2,6000,60,,4.0\n"
    table = read_label_table(write(tmp_path, text))

    assert sorted(table.values) == ["logg", "teff"]
    np.testing.assert_allclose(table.errors["teff"], [50, 60])
    np.testing.assert_array_equal(np.isnan(table.errors["logg"]), [False, True])


def test_what_stands_for_unknown_is_no_label(tmp_path):
    table = read_label_table(write(tmp_path, "star,teff,feh\nA,5000,-9999\nB,99999,\nC,4500,nan\n"))

    assert np.isnan(table.values["feh"]).all()
    np.testing.assert_array_equal(np.isnan(table.values["teff"]), [False, True, False])
    assert "Values of 'teff' that stand for unknown, left out: 1." in table.notes


def test_positions_and_running_numbers_are_no_labels(tmp_path):
    text = "id,star,ra,dec,teff\n1,A,10.5,-3.25,5000.5\n2,B,11.5,-3.5,6000.5\n"

    assert sorted(read_label_table(write(tmp_path, text)).values) == ["teff"]


def test_headings_may_stand_in_a_comment(tmp_path):
    table = read_label_table(
        write(
            tmp_path,
            "#MILES  Teff  log g   [Fe/H]\n# - - -\n"
            "  0272  6024   4.50  -1.44\n  022.  5650   4  1\n",
        )
    )

    assert table.values["feh"].tolist() == [-1.44, 1]


def test_tables_in_ecsv_state_their_units(tmp_path):
    path = tmp_path / "labels.ecsv"
    table = Table({"object": ["A", "B"], "vsini": [1000.0, 2000.0] * u.m / u.s})
    table.write(path)

    found = read_label_table(path)

    np.testing.assert_allclose(found.values["vsini"], [1, 2])
    assert found.keys["object"] == ("A", "B")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("teff,logg\n5000.5,4.5\n", "no column tells what its rows are of"),
        ("file,kind\na,star\nb,star\n", "no column of numbers is a label"),
        ("file,teff,Temperature\na,1.5,2.5\n", "two of its columns mean 'teff'"),
        ("file,teff,teff\na,1.5,2.5\n", "column 'teff' twice"),
        ("file,teff\na,1.5,2\n", "line 2 has 3 cells, and there are 2 headings"),
        ("file,teff [kg]\na,1.5\n", "is in 'kg', teff is in 'K'"),
        ("1 2\n3 4\n", "are no headings"),
    ],
)
def test_tables_that_can_not_be_labels_are_refused_with_the_reason(tmp_path, text, said):
    with pytest.raises(DataError, match=said) as caught:
        read_label_table(write(tmp_path, text))

    assert str(caught.value).startswith(str(tmp_path))


def test_a_missing_table_is_said_so(tmp_path):
    with pytest.raises(FileError, match="there is no such file"):
        read_label_table(tmp_path / "none.csv")


def test_damaged_ecsv_is_said_so(tmp_path):
    with pytest.raises(FileError, match="ECSV header or rows are damaged"):
        read_label_table(write(tmp_path, "# %ECSV 1.0\n# ---\n# datatype: [\na b\n"))


def test_the_parameters_of_miles_are_read(real_data):
    table = read_label_table(real_data / "stellar/miles/MILES_params.db")

    assert len(table.keys["MILES"]) == 985
    assert {"teff", "logg", "feh"} <= set(table.values)
    assert np.nanmax(table.values["teff"]) < 50_000
    assert np.nanmin(table.values["feh"]) > -4


def test_the_labels_of_brown_dwarfs_are_read(real_data):
    table = read_label_table(real_data / "browndwarf/observed/labels.csv")

    assert table.keys["data_file"][0] == "10001_10443.fits"
    assert table.values["sanghi2023_teff_evo"][0] == 1327
    assert table.errors["sanghi2023_teff_evo"][0] == 45
    assert not {"ra", "dec", "source_key"} & set(table.values)
