"""Errands: work apart from the archive, each in a process of its own, with limits."""

from starsieve.web.errands.kinds import KINDS
from starsieve.web.errands.records import Errand
from starsieve.web.errands.service import Errands

__all__ = ["KINDS", "Errand", "Errands"]
