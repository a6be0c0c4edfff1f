"""Posteriors under an emulator's likelihood, by importance sampling; modules come by name."""
