from __future__ import annotations

import pytest

from boundary_click.training.config import DataConfig, TrainingConfig
from boundary_click.training.presets import RUN_PRESETS, BaseModel, run_config

DATA = (DataConfig(path="cells"),)


@pytest.fixture(params=["architecture", "guided_architecture"])
def base(request) -> BaseModel:
    return BaseModel("default", request.getfixturevalue(request.param))


@pytest.mark.parametrize("preset", RUN_PRESETS)
def test_every_preset_trains_every_family(base, preset):
    config = run_config(base, DATA, preset, name="mine", seed=3)
    assert config.architecture == base.architecture
    assert (config.name, config.seed, config.data) == ("mine", 3, DATA)
    assert sum(config.options_of(stage).steps for stage in config.stages) > 100
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config


def test_fine_tuning_starts_from_the_base_and_keeps_some_of_it(base):
    for preset in ("quick", "thorough"):
        config = run_config(base, DATA, preset, name="mine")
        assert config.start_from == "default"
        assert config.keep_base > 0
        assert config.replay > 0
        assert all(config.options_of(s).freeze_norms for s in config.stages if s != "refinement")
    assert run_config(base, DATA, "from-scratch", name="mine").start_from is None


def test_presets_take_longer_from_one_to_the_next(base):
    steps = [
        sum(config.options_of(stage).steps for stage in config.stages)
        for config in (run_config(base, DATA, preset, name="mine") for preset in RUN_PRESETS)
    ]
    assert steps == sorted(steps)
