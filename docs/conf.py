"""Configuration of the documentation."""

from importlib.metadata import version as installed

project = "starsieve"
author = "The starsieve developers"
project_copyright = "The starsieve developers"
release = version = installed("starsieve")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build", "jupyter_execute"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "smartquotes"]
myst_heading_anchors = 3

# Notebooks run when the documentation is built, so that what they show is what the code does.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True

autodoc_default_options = {"members": True, "exclude-members": "model_config"}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings say it, with shapes and units
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"starsieve {release}"
html_static_path = ["_static"]
html_theme_options = {"navigation_with_keys": True}
