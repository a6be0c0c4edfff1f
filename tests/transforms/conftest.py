"""How much Hypothesis tries."""

from hypothesis import settings

settings.register_profile("starsieve", deadline=None, max_examples=60)
settings.load_profile("starsieve")
