"""Search for the best options of a training's recipe, with Optuna, in the archive."""
