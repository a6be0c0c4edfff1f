"""How much Hypothesis tries."""

from hypothesis import settings

# a first call imports packages of seconds, and machines differ: no deadline
settings.register_profile("starsieve", deadline=None, max_examples=60)
settings.load_profile("starsieve")
