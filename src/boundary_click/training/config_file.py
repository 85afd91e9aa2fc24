"""A run's configuration from a file, and what is wrong with one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from boundary_click.models.config import (
    FAMILIES,
    FcnConfig,
    GuidanceConfig,
    GuidedConfig,
    RefinementConfig,
    SelectionConfig,
    TwoInOneConfig,
    WindowConfig,
)
from boundary_click.training.config import (
    AugmentationConfig,
    ClickConfig,
    DataConfig,
    GuidedStageConfig,
    RefinementStageConfig,
    SelectionStageConfig,
    TrainingConfig,
    WindowDrawConfig,
)


def read_training_config(path: Path) -> TrainingConfig:
    """Read a run's configuration from a TOML file, or from the JSON file that a run keeps.

    Raises
    ------
    ValueError
        If the file is missing, is no TOML or JSON, or has unknown or wrong fields; the message
        names each of them.
    """
    is_json = path.suffix == ".json"
    try:
        text = path.read_text(encoding="utf-8")
        fields: dict[str, Any] = json.loads(text) if is_json else tomllib.loads(text)
        return TrainingConfig.model_validate(fields)
    except FileNotFoundError:
        raise ValueError(f"training configuration not found: {path}") from None
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors()))
        raise ValueError(f"training configuration {path} is wrong: {problems}") from None
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        kind = "JSON" if is_json else "TOML"
        raise ValueError(f"training configuration {path} is not valid {kind}: {error}") from None


def _problem(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a field, and for an unknown one the name that was meant."""
    parts = list(error["loc"])
    if parts[:1] == ["model"] and parts[1:2] and parts[1] in FAMILIES:  # pydantic's, not the file's
        del parts[1]
    place = ".".join(map(str, parts)) or "file"
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg']}"
    meant = get_close_matches(str(error["loc"][-1]), _FIELDS, n=1)
    return f"{place}: no such field" + (f"; did you mean {meant[0]}?" if meant else "")


_FIELDS = sorted(
    {
        name
        for group in (
            *(AugmentationConfig, WindowDrawConfig, SelectionStageConfig, RefinementStageConfig),
            *(GuidedStageConfig, ClickConfig, DataConfig, TrainingConfig),
            *(TwoInOneConfig, SelectionConfig, RefinementConfig, WindowConfig),
            *(GuidedConfig, GuidanceConfig, FcnConfig),
        )
        for name in group.model_fields
    }
)
