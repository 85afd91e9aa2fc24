from __future__ import annotations

from pathlib import Path

import pytest

from boundary_click.models.config import GuidedConfig, fast, paper
from boundary_click.training.config import DataConfig, TrainingConfig
from boundary_click.training.config_file import read_training_config

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))
DATA = '[[data]]\npath = "nuclei"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_short_file_is_enough(tmp_path):
    config = read_training_config(written(tmp_path, DATA))
    assert config.data[0].path == "nuclei"
    assert config.architecture == fast()


def test_everything_can_be_set(tmp_path):
    text = (
        'preset = "paper"\nseed = 3\n' + DATA + "weight = 0.5\n"
        '[selection]\noptimizer = "sgd"\nreduction = "sum"\nlearning_rate = 1e-8\n'
        "[refinement]\nclicks = [2, 4]\nsigned_share = 0\niterative = false\n"
        "[augmentation]\ninvert = 0\n"
    )
    config = read_training_config(written(tmp_path, text))
    assert config.architecture == paper()
    assert config.selection.learning_rate == 1e-8
    assert config.refinement.clicks == (2, 4)
    assert not config.refinement.iterative
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config


def test_a_model_in_full(tmp_path):
    text = DATA + '[model]\nwindow_size = 96\n[model.selection]\nbackbone = "resnet18"\n'
    architecture = read_training_config(written(tmp_path, text)).architecture
    assert (architecture.window_size, architecture.selection.backbone) == (96, "resnet18")


@pytest.mark.parametrize("name", [path.name for path in CONFIGS])
def test_the_configurations_in_the_repository(name):
    assert read_training_config(Path(__file__).parents[2] / "configs" / name).data


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match=r"training configuration not found: .*none\.toml"):
        read_training_config(tmp_path / "none.toml")


def test_no_toml(tmp_path):
    with pytest.raises(ValueError, match=r"run\.toml is not valid TOML: .*line 1"):
        read_training_config(written(tmp_path, "name: model"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seed = 1\n", "data: Field required"),
        ("sed = 1\n" + DATA, r"sed: no such field; did you mean seed\?"),
        (
            DATA + "[selection]\nlearning_rte = 1\n",
            r"selection.learning_rte: no such field; did you mean learning_rate\?",
        ),
        ("xyzzy = 1\n" + DATA, "xyzzy: no such field$"),
        (DATA + "[selection]\nsteps = -1\n", "selection.steps: .*greater than or equal to 0"),
        (DATA + "[selection]\nbatch_size = 0\n", "selection.batch_size: "),
        (DATA + '[refinement]\nfp_rule = "middle"\n', "refinement.fp_rule: .*'farthest'"),
        (DATA + '[model.refinement]\nplanes = ["image"]\n', "model.refinement: .*local head"),
        ('preset = "paper"\n' + DATA, "no planes for positive .* set refinement.signed_share = 0"),
        (
            'preset = "paper-pnr"\n' + DATA,
            "no plane for boundary .* set refinement.signed_share = 1",
        ),
        ("[[data]]\nweight = 1\n", "data.0.path: Field required"),
        (DATA + "[guidance]\nstepz = 3\n", "guidance.stepz: no such field; did you mean steps"),
        (DATA + "[guidance]\nerror_clicks = [3, 1]\n", r"guidance: .*must not fall, got \(3, 1\)"),
        (DATA + "[guidance.clicks]\npositives = []\n", "guidance.clicks.positives: "),
        (
            DATA + '[model]\nfamily = "guidance"\nguidance = { maps = ["object"] }\n',
            "model: .*need one that ends in 'positive'",
        ),
        (DATA + "[model.guidance]\nproposal_range = [6, 2]\n", "model.guidance: .*must not fall"),
        ('model = "fast"\n' + DATA, "model: "),
        ('preset = "huge"\n' + DATA, "preset: .*'fast', 'paper', 'paper-pnr', "),
    ],
)
def test_each_problem_is_named(tmp_path, text, problem):
    with pytest.raises(ValueError, match=rf"run\.toml is wrong: .*{problem}"):
        read_training_config(written(tmp_path, text))


def test_other_settings_of_the_guidance_keep_the_maps_of_the_family(tmp_path):
    text = DATA + '[model]\nfamily = "guidance"\nguidance = { superpixel_count = 900 }\n'
    guidance = read_training_config(written(tmp_path, text)).architecture.guidance
    assert guidance.superpixel_count == 900
    assert guidance.maps == GuidedConfig().guidance.maps


def test_all_problems_at_once(tmp_path):
    with pytest.raises(ValueError, match=r"seed: .*; name: |name: .*; seed: "):
        read_training_config(written(tmp_path, "name = 3\nseed = -1\n" + DATA))


def test_a_head_that_is_not_trained_needs_no_clicks(tmp_path):
    text = 'preset = "paper"\n' + DATA + "[refinement]\nsteps = 0\n"
    assert read_training_config(written(tmp_path, text)).refinement.signed_share > 0


def test_the_file_that_a_run_keeps_can_be_read(tmp_path):
    config = read_training_config(CONFIGS[0])
    path = tmp_path / "config.json"
    path.write_text(config.model_dump_json(), encoding="utf-8")
    assert read_training_config(path) == config
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json is not valid JSON: "):
        read_training_config(path)


@pytest.mark.parametrize("fields", [{"keep_head": False, "start_from": "x"}, {}])
def test_weights_are_averaged_with_a_model_only(fields):
    with pytest.raises(ValueError, match="keep_base averages with a model: set start_from and"):
        TrainingConfig(data=(DataConfig(path="x"),), keep_base=0.5, **fields)
