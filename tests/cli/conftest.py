"""A terminal to type into, and files to type about."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal in an empty folder, without any STARSIEVE_ variable."""
    for name in ("ARCHIVE", "DATABASE_URL", "ENGINE", "WORKERS", "TRACEBACK"):
        monkeypatch.delenv(f"STARSIEVE_{name}", raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Terminal(folder, capsys)


@pytest.fixture
def spectrum_file(tmp_path: Path) -> Path:
    """A text file with 300 good pixels."""
    return write_spectrum(tmp_path / "good.csv")


def write_spectrum(path: Path, seed: int = 0) -> Path:
    """Write a plausible near-infrared spectrum as a text file with units in its header."""
    wave = np.linspace(0.8, 2.4, 300)
    rng = np.random.default_rng(seed)
    flux = np.exp(-(((wave - 1.25) / 0.5) ** 2)) + rng.normal(0, 0.01, wave.size)
    rows = [f"{w:.6f},{f:.6f},0.01" for w, f in zip(wave, flux, strict=True)]
    path.write_text("wave [um],flux [W / (m2 um)],sigma\n" + "\n".join(rows) + "\n")
    return path
