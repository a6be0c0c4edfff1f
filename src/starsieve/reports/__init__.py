"""Results as pages: sections of text, values, tables and figures in one self-contained file."""

from starsieve.reports.evaluation import write_evaluation
from starsieve.reports.pages import render, write_page
from starsieve.reports.parts import (
    Cell,
    Facts,
    Link,
    Notice,
    Page,
    Part,
    Picture,
    Section,
    Svg,
    Table,
    Text,
    Value,
    Values,
)
from starsieve.reports.thumbnails import draw_thumbnail
from starsieve.reports.words import as_facts, file_stem, symbol

__all__ = [
    "Cell",
    "Facts",
    "Link",
    "Notice",
    "Page",
    "Part",
    "Picture",
    "Section",
    "Svg",
    "Table",
    "Text",
    "Value",
    "Values",
    "as_facts",
    "draw_thumbnail",
    "file_stem",
    "render",
    "symbol",
    "write_evaluation",
    "write_page",
]
