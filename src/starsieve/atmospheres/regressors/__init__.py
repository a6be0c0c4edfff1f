"""Baselines by recipe: what gives one value of each label and says nothing of its error."""
