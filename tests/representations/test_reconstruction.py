import json

import numpy as np
import pytest

from starsieve.cli.main import main
from starsieve.data import Spectrum
from starsieve.representations.models import load_representation
from starsieve.representations.reconstruction import reconstruct
from starsieve.representations.train import train_on
from tests.representations.test_pca import RECIPE, make_spectra


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "made-pca"
    train_on(make_spectra()[0], RECIPE, {}).save(folder)
    return folder


def write_file(path, wave, flux):
    rows = "\n".join(f"{w:.8f} {f:.6f} 0.01" for w, f in zip(wave, flux, strict=True))
    path.write_text(f"# wave[um] flux sigma\n{rows}\n", encoding="utf-8")
    return path


def test_the_latents_leave_less_than_the_mean_spectrum(folder):
    spectra = list(make_spectra(5, seed=8)[0])

    found, failures = reconstruct(spectra, load_representation(folder))

    assert not failures
    for each in found:
        assert each.rms < 0.5 * each.rms_of_mean
        residual = (each.flux - each.model_flux)[each.valid]
        assert each.rms == pytest.approx(np.sqrt(np.mean(residual**2)))


def test_what_can_not_be_encoded_is_listed_and_the_others_go_on(folder):
    spectra = list(make_spectra(2, seed=8)[0])
    flat = Spectrum(spectra[0].wave, np.ones(len(spectra[0])))

    found, failures = reconstruct([spectra[0], flat, spectra[1]], folder)

    assert len(found) == 2
    assert "constant" in failures[0].error


def test_the_command_gives_numbers_and_a_figure(folder, tmp_path, capsys):
    spectra, _ = make_spectra(2, seed=8)
    files = [
        str(write_file(tmp_path / f"{n}.txt", spectra.wave, flux / np.median(flux)))
        for n, flux in enumerate(spectra.flux)
    ]
    options = ["--model", str(folder), "--json", "--figure", str(tmp_path / "both.pdf")]

    code = main(["reconstruct", *files, str(tmp_path / "none.txt"), *options])

    output = capsys.readouterr()
    records = [json.loads(line) for line in output.out.splitlines()]
    assert code == 3
    assert [len(record["latents"]) for record in records[:2]] == [3, 3]
    assert records[0]["rms"] < records[0]["rms_of_mean_spectrum"]
    assert (tmp_path / "both.pdf").read_bytes().startswith(b"%PDF")


def test_several_spectra_do_not_fit_into_one_picture(folder, tmp_path, capsys):
    spectra, _ = make_spectra(2, seed=8)
    files = [
        str(write_file(tmp_path / f"{n}.txt", spectra.wave, flux / np.median(flux)))
        for n, flux in enumerate(spectra.flux)
    ]

    code = main(
        ["reconstruct", *files, "--model", str(folder), "--figure", str(tmp_path / "a.png")]
    )

    assert code == 2
    assert "a page each" in capsys.readouterr().err
