"""Figures for pages, by Bokeh: every function takes data and returns a Bokeh model.

`style.new_figure` makes an empty figure and `style.as_json` what a page embeds. Nothing is shown,
and nothing is calculated here that a function of `data` or `stats` could calculate.
"""
