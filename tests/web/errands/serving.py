"""A server that carries out errands until it is killed: ``python -m ... SPOOL SECONDS``."""

import sys
import time
from pathlib import Path

from starsieve.web.errands import Errands
from starsieve.web.options import WebOptions
from tests.web.errands.made import KINDS

if __name__ == "__main__":
    with Errands(WebOptions(spool=Path(sys.argv[1]), errands=int(sys.argv[2])), kinds=KINDS):
        time.sleep(300)
