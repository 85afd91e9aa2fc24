"""Measurements of a model on labelled images, as reports ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from boundary_click.benchmark.crops import Cropper, crop_summary, study_crops
from boundary_click.benchmark.maps import map_summary, study_maps
from boundary_click.benchmark.metrics import CLICK_CAP
from boundary_click.benchmark.protocol import (
    MIN_AREA,
    Plane,
    Target,
    find_targets,
    sample_targets,
    segment_object,
    visits,
)
from boundary_click.benchmark.report import details, summary
from boundary_click.cli.console import progress_bar
from boundary_click.engine.guided import GuidedPredictor
from boundary_click.engine.predictor import Predictor
from boundary_click.engine.robot_user import RobotUser
from boundary_click.io.checkpoint import file_digest
from boundary_click.io.datasets import find_pairs, read_pair
from boundary_click.io.library import find_model, load_predictor
from boundary_click.io.provenance import provenance


@dataclass(frozen=True, slots=True)
class Subject:
    """A model to measure.

    Attributes
    ----------
    predictor : Predictor
    source : dict
        ``name`` and ``sha256`` of the model.
    knows_scale : bool
        Whether it is told the true scale of each object, for a study of what that is worth.
    """

    predictor: Predictor
    source: dict[str, str]
    knows_scale: bool = False

    @property
    def cropper(self) -> Cropper:
        """The predictor, if it works on a crop.

        Raises
        ------
        ValueError
            If it does not.
        """
        if not isinstance(self.predictor, Cropper):
            raise ValueError(
                f"model {self.predictor.name!r} corrects whole images, so there is no crop"
            )
        return self.predictor

    @property
    def guided(self) -> GuidedPredictor:
        """The predictor, if it is of the guidance family.

        Raises
        ------
        ValueError
            If it is not.
        """
        if not isinstance(self.predictor, GuidedPredictor):
            raise ValueError(f"model {self.predictor.name!r} reads no guidance maps of all clicks")
        return self.predictor

    def predictor_for(self, target: Target) -> Predictor:
        """Return the predictor for one object."""
        return self.guided.with_scale(target.area**0.5) if self.knows_scale else self.predictor


@dataclass(frozen=True, slots=True)
class Sample:
    """Objects drawn from a data set.

    Attributes
    ----------
    targets : tuple of Target
    data : dict
        ``name``, ``images`` and ``sampled``, for the report.
    """

    targets: tuple[Target, ...]
    data: dict[str, Any]


def load_subject(name: str, device: str) -> Subject:
    """Load a model by its name or path."""
    path = find_model(name)
    predictor = load_predictor(path, device)
    return Subject(predictor, {"name": predictor.name, "sha256": file_digest(path)})


def draw_sample(folder: Path, *, count: int | None, seed: int) -> Sample:
    """Draw objects of a data set, all if no count is given.

    Raises
    ------
    FileNotFoundError
        If the folder is no data set.
    ValueError
        If its labels hold no object.
    """
    planes = [Plane(pair.name, partial(read_pair, pair)) for pair in find_pairs(folder)]
    targets = sample_targets(find_targets(planes), count, seed)
    if not targets:
        raise ValueError(
            f"the labels of {folder} hold no object of {MIN_AREA} pixels or more; label images "
            "hold one integer an object and 0 for background"
        )
    return Sample(targets, {"name": folder.name, "images": len(planes), "sampled": count})


def clicks_report(
    subject: Subject, sample: Sample, robot: RobotUser, *, seed: int, cap: int = CLICK_CAP
) -> dict[str, Any]:
    """Let a simulated user click up to ``cap`` times an object."""
    with progress_bar() as bar:
        results = [
            segment_object(
                image, labels, target, subject.predictor_for(target), robot, rng, cap=cap
            )
            for target, image, labels, rng in bar.track(
                visits(sample.targets, seed=seed),
                total=len(sample.targets),
                description=f"{subject.predictor.name} on {sample.data['name']}",
            )
        ]
    return {
        "model": subject.source,
        "kind": "clicks",
        "data": sample.data,
        "robot": {
            "style": robot.style,
            "fp_rule": robot.fp_rule,
            "jitter": robot.jitter,
            "seed": seed,
        },
        "results": summary(results),
        "details": details(results),
        **provenance(subject.predictor.device),
    }


def maps_report(sample: Sample, *, seed: int, side: int) -> dict[str, Any]:
    """Find superpixels and proposals round each object; no model is needed."""
    with progress_bar() as bar:
        results = list(
            bar.track(
                study_maps(sample.targets, seed=seed, side=side),
                total=len(sample.targets),
                description=sample.data["name"],
            )
        )
    return {
        "kind": "maps",
        "side": side,
        "data": sample.data,
        "robot": {"seed": seed},
        "results": map_summary(results),
        **provenance(),
    }


def crops_report(subjects: list[Subject], sample: Sample, *, seed: int) -> dict[str, Any]:
    """Crop round each object with every model."""
    studies = []
    for subject in subjects:
        with progress_bar() as bar:
            results = list(
                bar.track(
                    study_crops(sample.targets, subject.cropper, seed=seed),
                    total=len(sample.targets),
                    description=f"{subject.predictor.name} on {sample.data['name']}",
                )
            )
        source = {"model": subject.source["name"], "sha256": subject.source["sha256"]}
        studies.append(source | crop_summary(results))
    return {
        "kind": "crops",
        "data": sample.data,
        "robot": {"seed": seed},
        "results": studies,
        **provenance(subjects[0].predictor.device),
    }
