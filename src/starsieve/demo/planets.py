"""The planets' part of the demonstration: stars searched and vetted, with a sheet per signal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from starsieve.archive import Archive, Target
from starsieve.demo import made_stars, tess_stars
from starsieve.errors import Failure
from starsieve.ingest import ingest
from starsieve.reports import Cell, Section, Table, Text
from starsieve.settings import Settings
from starsieve.sources.cache import Cache, default_folder
from starsieve.transits.classifier import DEFAULT, load_vetter
from starsieve.transits.known import list_known
from starsieve.transits.match import KnownSignal, match
from starsieve.transits.observed import StarItems, group_items
from starsieve.transits.report import ReportWriter
from starsieve.transits.search_stars import group_collection
from starsieve.transits.stored import store_vetting
from starsieve.transits.vet import vet_stars
from starsieve.transits.vetting import Vetted, Vetting

COLLECTION, SIMULATED = "tess", "tess-simulated"
"""Collections of the archive that the demonstration fills."""

LIKELY = 0.5
"""From this probability on a signal is more likely a planet than not."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A signal that is known of a star, and the one that was found for it, if any."""

    star: str
    known: KnownSignal
    found: Vetted | None


@dataclass(frozen=True, slots=True)
class Planets:
    """What the demonstration made of light curves.

    Parameters
    ----------
    real : bool
        Whether the stars are.
    n_done : int
        Stars that were vetted.
    probabilities : tuple of float
        Of being a planet, of every signal that was found.
    outcomes : tuple of Outcome
        Of every signal that is known: listed, or put into a simulated light curve.
    failures : tuple of Failure
    index : Path
        The page to look at.
    remarks : tuple of str
        What whoever looks at it must know: above all, whether the stars are simulated.
    """

    real: bool
    n_done: int
    probabilities: tuple[float, ...]
    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...]
    index: Path
    remarks: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the stars are."""
        return _title(self.real)

    def __str__(self) -> str:
        n_likely = sum(each > LIKELY for each in self.probabilities)
        n_found = sum(each.found is not None for each in self.outcomes)
        origin = "listed for" if self.real else "put into"
        return (
            f"{_many(self.n_done, 'star')}, {_many(len(self.probabilities), 'signal')} found, "
            f"{n_likely} more likely a planet than not; {n_found} of "
            f"{_many(len(self.outcomes), 'signal')} {origin} these stars found."
        )


@dataclass(frozen=True, slots=True)
class _Stars:
    """What there is to vet, and what is listed of it."""

    real: bool
    groups: Sequence[StarItems]
    known: Sequence[KnownSignal] = ()
    failures: tuple[Failure, ...] = ()
    remarks: tuple[str, ...] = ()


def vet_planets(
    archive: Archive,
    settings: Settings,
    folder: Path,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Planets:
    """Search and vet some well-known stars of TESS, or simulated ones where they can't be had.

    Parameters
    ----------
    archive, settings, limit, progress
        As those of `starsieve.demo.run_demo`.
    folder : Path
        Where the pages go.

    Raises
    ------
    ArchiveError, FileError
        If the archive or the folder can't be written to.
    """
    vetter = load_vetter(DEFAULT, archive)
    stars = _bring(archive, settings, limit, progress)
    if not stars.groups:
        stars = replace(stars, real=False, groups=_simulate(archive, limit))
    writer = ReportWriter(folder, title=_title(stars.real))
    failures = list(stars.failures)
    vetted: list[Vetting] = []
    results = vet_stars(stars.groups, vetter, None, stars.known, archive, settings=settings)
    for number, each in enumerate(results, start=1):
        if isinstance(each, Failure):
            failures.append(each)
        else:
            vetting = each if stars.real else _with_truth(each)
            store_vetting(archive, COLLECTION if stars.real else SIMULATED, vetting)
            writer.add(vetting)
            vetted.append(vetting)
        if progress is not None:
            progress(number, len(stars.groups), "vetting stars")
    outcomes = [outcome for each in vetted for outcome in _compare(each, stars)]
    return Planets(
        real=stars.real,
        n_done=len(vetted),
        probabilities=tuple(c.verdict.planet_probability for v in vetted for c in v.vetted),
        outcomes=tuple(outcomes),
        failures=tuple(failures),
        index=writer.finish(failures, [_section(outcomes, stars.real)]),
        remarks=stars.remarks,
    )


def _bring(
    archive: Archive, settings: Settings, limit: int | None, progress: Progress | None
) -> _Stars:
    """Bring real stars into the archive; without a light curve of any, say why."""
    tics = list(tess_stars.STARS)[:limit]
    if progress is not None:
        progress(0, len(tics), "asking MAST and ExoFOP")
    came = tess_stars.ask(tics, Cache(settings.cache or default_folder()))
    if not came.curves:
        reason = next(iter(came.failures), "MAST has no light curve of the stars asked for.")
        return _Stars(False, [], remarks=(f"{reason} The light curves here are simulated.",))
    tess_stars.store_tables(came, tics, archive)
    paths = [path for _, path in came.curves]
    report = ingest(paths, COLLECTION, archive, settings, progress=progress)
    refused = {path for path, _ in report.refused}
    there = [tic for tic, path in came.curves if str(path) not in refused]
    groups, failures = group_items(there, archive)
    failures += [Failure(Path(path).name, reason) for path, reason in report.refused]
    return _Stars(
        real=True,
        groups=groups,
        known=[each for each in list_known(None, archive) if each.tic in tics],
        failures=tuple(failures),
        remarks=tuple(came.failures),
    )


def _simulate(archive: Archive, limit: int | None) -> list[StarItems]:
    """Return simulated stars from the archive, once they are there."""
    if SIMULATED not in archive.collections.names():
        curves = made_stars.make_stars()
        targets = archive.targets.add(Target(str(curve.meta["object"])) for curve in curves)
        archive.light_curves.add(curves, SIMULATED, targets=targets)
    return group_collection(archive, SIMULATED)[:limit]


def _with_truth(vetting: Vetting) -> Vetting:
    """Return a simulated star with its signals compared with what was put in."""
    injected = made_stars.injected_signals(vetting.observed.curve.meta)
    compared = [
        replace(
            each,
            matches=tuple(
                match(
                    each.candidate.ephemeris,
                    made_stars.NO_NUMBER,
                    injected,
                    period_err_days=each.candidate.period_err_days,
                )
            ),
        )
        for each in vetting.vetted
    ]
    return replace(vetting, vetted=tuple(compared))


def _compare(vetting: Vetting, stars: _Stars) -> list[Outcome]:
    """Return what became of the signals that are known of a star."""
    if stars.real:
        known = [each for each in stars.known if each.tic == vetting.observed.star.tic]
    else:
        known = made_stars.injected_signals(vetting.observed.curve.meta)
    return [
        Outcome(vetting.target, each, next((v for v in vetting.vetted if _is(v, each)), None))
        for each in known
    ]


def _is(vetted: Vetted, known: KnownSignal) -> bool:
    return any(match.same_star and match.known.name == known.name for match in vetted.matches)


def _section(outcomes: Sequence[Outcome], real: bool) -> Section:
    """Return the table of what is known, beside what was found."""
    rows: list[list[Cell]] = [_row(each) for each in outcomes]
    title, words = (
        ("What is listed of these stars", "By ExoFOP; one sector of each star was searched.")
        if real
        else ("What was put in", "Every star here is simulated, and those not listed have nothing.")
    )
    columns = ("Star", "Signal", "P (d)", "Found as", "P (d)", "P(planet)", "Most likely")
    return Section(title, [Text(words), Table(columns, rows)])


def _row(outcome: Outcome) -> list[Cell]:
    found = outcome.found
    known = outcome.known
    status = f" ({known.disposition})" if known.disposition else ""
    return [
        outcome.star,
        f"{known.name}{status}",
        _period(known.ephemeris.period_days),
        "not found" if found is None else f"signal {found.number}",
        "" if found is None else _period(found.candidate.ephemeris.period_days),
        "" if found is None else f"{found.verdict.planet_probability:.2f}",
        "" if found is None else found.most_likely,
    ]


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _title(real: bool) -> str:
    return "Stars of TESS" if real else "Simulated stars"


def _period(days: float | None) -> str:
    return "single" if days is None else f"{days:.4f}"
