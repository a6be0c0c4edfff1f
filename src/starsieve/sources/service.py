"""What a remote service is, what is asked of it, and how long to wait for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Service:
    """A remote archive.

    Parameters
    ----------
    name : str
        As people call it; for messages.
    url : str
        What all its addresses begin with; it ends in ``/``.
    hosts : tuple of str
        Hosts that may answer: a redirect to any other is refused.
    status : str
        A page that says whether the service is up.
    """

    name: str
    url: str
    hosts: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait for a service, and how often to ask.

    Parameters
    ----------
    connect, read : float
        Seconds until a connection stands, and without a byte of the answer.
    attempts : int
        How often a question is asked before it is given up.
    pause : float
        Seconds before the second attempt; it doubles with each one.
    longest_pause : float
        Seconds. A service that asks for a longer one is not asked again.
    patience : float
        Seconds that a service may say that it is still working on an answer.
    """

    connect: float = 10.0
    read: float = 60.0
    attempts: int = 4
    pause: float = 1.0
    longest_pause: float = 60.0
    patience: float = 600.0


@dataclass(frozen=True, slots=True)
class Request:
    """A question: an address below that of its service, with a query, or a form to post."""

    service: Service
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    max_bytes: int = 200_000_000
