"""Numbers and times as people say them."""

from datetime import UTC, datetime

from markupsafe import Markup

_STEPS = ((60, "s"), (60, "min"), (24, "h"), (30, "d"), (12, "months"), (1000, "years"))
_BYTES = ("B", "kB", "MB", "GB", "TB")


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago a time was.

    Examples
    --------
    >>> ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 3, tzinfo=UTC))
    '3 h ago'
    """
    if moment is None:
        return ""
    amount = max(0.0, ((now or datetime.now(UTC)) - moment).total_seconds())
    for step, unit in _STEPS:
        if amount < step:
            return f"{amount:.0f} {unit} ago"
        amount /= step
    return f"{moment:%Y-%m-%d}"


def count(number: int, word: str, plural: str = "") -> str:
    """Return a number with its word.

    Examples
    --------
    >>> count(1, "spectrum", "spectra"), count(1200, "spectrum", "spectra")
    ('1 spectrum', '1,200 spectra')
    """
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def breakable(name: str) -> Markup:
    """Return a name for a page, where a line may end before the sign of a declination.

    Examples
    --------
    >>> breakable("SDSS J1207+0244 <A>")
    Markup('SDSS J1207<wbr>+0244 &lt;A&gt;')
    """
    return Markup.escape(name).replace("+", Markup("<wbr>+"))


def size(n_bytes: float) -> str:
    """Return a number of bytes.

    Examples
    --------
    >>> size(512), size(3_400_000)
    ('512 B', '3.4 MB')
    """
    for unit in _BYTES:
        if n_bytes < 1000 or unit == _BYTES[-1]:
            break
        n_bytes /= 1000
    return f"{n_bytes:.0f} {unit}" if n_bytes >= 10 or unit == "B" else f"{n_bytes:.1f} {unit}"


def duration(seconds: float) -> str:
    """Return a duration.

    Examples
    --------
    >>> duration(42), duration(200), duration(7300)
    ('42 s', '3 min 20 s', '2 h 1 min')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
