from __future__ import annotations

import pytest

from boundary_click.training.config import DataConfig
from boundary_click.training.presets import RUN_PRESETS, BaseModel, run_config
from boundary_click.widgets.train.advanced import AdvancedForm
from boundary_click.widgets.train.preparing import with_changes

pytestmark = pytest.mark.gui


@pytest.fixture
def form(qtbot):
    made = AdvancedForm()
    qtbot.addWidget(made)
    return made


def config_of(architecture, preset="quick"):
    return run_config(BaseModel("tiny", architecture), (DataConfig(path="d"),), preset, name="n")


@pytest.mark.parametrize("family", ["architecture", "guided_architecture"])
@pytest.mark.parametrize("preset", RUN_PRESETS)
def test_a_form_shows_every_preset_as_it_is(form, request, family, preset):
    config = config_of(request.getfixturevalue(family), preset)
    form.show_config(config)
    assert form.changes == {}
    values = {path: box.value for path, box in form.boxes.items()}
    assert values["keep_base",] == config.keep_base
    stages = {path[0] for path in values if len(path) > 1} - {"augmentation", "windows"}
    assert stages == ({"selection", "refinement"} if "guided" not in family else {"guidance"})


def test_fields_have_their_docstrings_and_bounds(form, architecture):
    form.show_config(config_of(architecture))
    clicks = form.boxes["validation_clicks",]
    assert (clicks.min, clicks.max) == (1, 100)
    assert clicks.tooltip.startswith("Most clicks each of them gets")
    average = form.boxes["selection", "average"]
    assert 0.98 < average.max < 1
    rate = form.boxes["selection", "learning_rate"]
    assert rate.value == 5e-4
    rate.value = 6.5e-4
    assert form.changes["selection", "learning_rate"] == pytest.approx(6.5e-4)


def test_what_is_set_reaches_the_configuration(form, architecture, qtbot):
    config = config_of(architecture)
    form.show_config(config)
    with qtbot.waitSignal(form.changed):
        form.boxes["selection", "steps"].value = 7
    form.boxes["refinement", "clicks"].value = "[2, 6]"
    form.boxes["selection", "optimizer"].value = "sgd"
    form.boxes["keep_head",].value = True
    assert len(form.changes) == 3
    made = with_changes(config, form.changes)
    assert (made.selection.steps, made.selection.optimizer) == (7, "sgd")
    assert made.refinement.clicks == (2, 6)
    form.show_config(config)
    assert form.changes == {}


def test_lists_of_words_can_be_set(form, guided_architecture):
    config = config_of(guided_architecture)
    form.show_config(config)
    form.boxes["guidance", "clicks", "strategies"].value = "['others', 'around']"
    assert with_changes(config, form.changes).guidance.clicks.strategies == ("others", "around")
