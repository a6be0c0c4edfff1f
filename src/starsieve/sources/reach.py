"""Whether remote services can be reached: a connection, and no question."""

import socket
import time
from collections.abc import Sequence
from threading import Thread
from urllib.parse import urlsplit

from starsieve.sources.service import Service


def reachable(services: Sequence[Service], seconds: float = 3.0) -> dict[str, bool]:
    """Return of each service, by name, whether a connection to it stands within some seconds.

    All are tried at once. Proxies are not used: behind one, nothing may be reachable, and
    fetching work all the same.
    """
    found: dict[str, bool] = dict.fromkeys((service.name for service in services), False)

    def connect(service: Service) -> None:
        parts = urlsplit(service.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname or "", port), seconds).close()
        except OSError:
            return
        found[service.name] = True

    # Looking up a name can hang for long and can't be stopped: such a thread is left behind.
    threads = [Thread(target=connect, args=(service,), daemon=True) for service in services]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(found)
