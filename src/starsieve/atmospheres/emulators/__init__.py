"""A model spectrum at any parameters inside a model grid; its modules are imported by name."""
