"""Loss curves: what is drawn, on which axis, and how long that takes."""

import json

import numpy as np
import pytest
from bokeh.models import LogScale, Span

from starsieve.plots.interactive.style import Theme, as_json
from starsieve.plots.interactive.training import MOST_PANELS, training_figure

STEPS = np.arange(1, 401) * 20.0


def make_curves(parts: int = 1) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    loss = 3 * np.exp(-STEPS / 900) + 0.1
    training = {f"network {n + 1}": (STEPS, loss * (1 + n / 10)) for n in range(parts)}
    return {
        "loss": training | {"validation": (STEPS[::20], loss[::20] + 0.05)},
        "learning_rate": {"training": (STEPS, 1e-3 * np.sin(STEPS / 2600))},
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_quantities_stand_below_each_other_on_the_same_steps(theme: Theme) -> None:
    layout = training_figure(make_curves(), theme, kept_step=5200)

    loss, rate = layout.children
    assert loss.x_range is rate.x_range
    assert (loss.xaxis[0].axis_label, rate.xaxis[0].axis_label) == (None, "Step")
    assert (loss.yaxis[0].axis_label, rate.yaxis[0].axis_label) == ("loss", "learning rate")
    assert isinstance(loss.y_scale, LogScale)
    assert [item.label.value for item in loss.legend[0].items] == ["network 1", "validation"]
    assert loss.select_one(Span).location == 5200


def test_a_loss_below_zero_has_a_linear_axis() -> None:
    values = np.linspace(5, -6, 30)
    layout = training_figure({"loss": {"training": (STEPS[:30], values)}}, "light")

    assert not isinstance(layout.children[0].y_scale, LogScale)
    assert not layout.children[0].legend[0].visible


def test_many_quantities_and_parts_stay_drawable() -> None:
    curves = {f"part_{n}": make_curves(9)["loss"] for n in range(9)}

    layout = training_figure(curves, "dark")

    assert len(layout.children) == MOST_PANELS
    json.dumps(as_json(layout, "dark"))


def test_names_of_parts_are_never_part_of_a_template() -> None:
    odd = "<img src=x onerror=alert(1)>"
    layout = training_figure({odd: {odd: (STEPS, STEPS)}}, "light")

    assert all(odd not in tool.tooltips for tool in layout.children[0].hover)
