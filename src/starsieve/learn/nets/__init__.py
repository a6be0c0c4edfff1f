"""Network parts that more than one domain can use."""

from starsieve.learn.nets.flows import BoxFlow
from starsieve.learn.nets.masked import MaskedConvolutions
from starsieve.learn.nets.mixtures import BoxMixture
from starsieve.learn.nets.mlp import ResidualPerceptron

__all__ = ["BoxFlow", "BoxMixture", "MaskedConvolutions", "ResidualPerceptron"]
