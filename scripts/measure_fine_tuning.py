"""Measure what fine-tuning on few objects gains on their kind of image, and costs on others.

python scripts/measure_fine_tuning.py --target DATA/train/isbi2012 --kept DATA/dev/dsb2018 \
    --output docs/benchmarks/fine-tuning

Each combination of a number of objects and a seed is one run and one report; one that is there
already is left out, so that the script can be stopped and started again.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from lightning_fabric import Fabric

from boundary_click.benchmark.metrics import clicks_at_iou, iou_at_clicks
from boundary_click.benchmark.protocol import (
    MIN_AREA,
    Plane,
    find_targets,
    run_benchmark,
    sample_targets,
)
from boundary_click.cli.measuring import Sample, draw_sample
from boundary_click.core.arrays import labelled_objects
from boundary_click.engine.robot_user import RobotUser
from boundary_click.io.checkpoint import read_card
from boundary_click.io.datasets import Pair, find_pairs, read_pair
from boundary_click.io.library import find_model, load_predictor
from boundary_click.io.provenance import provenance
from boundary_click.io.report import write_report
from boundary_click.io.runs.folder import RunFolder
from boundary_click.io.runs.training import run_training
from boundary_click.io.training_data import LabelledImage, write_data_set
from boundary_click.training.config import DataConfig
from boundary_click.training.presets import RUN_PRESETS, BaseModel, run_config

PER_IMAGE = 10
"""Objects that a user labels on one image."""
TRIED = 80
"""Objects of the other images, and of the data that should not be forgotten."""
MODEL = "default"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--target", type=Path, required=True, help="images to fine-tune on")
    parser.add_argument("--kept", type=Path, required=True, help="images of the model's own kind")
    parser.add_argument("--output", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--runs", type=Path, default=Path("runs/fine-tuning"))
    parser.add_argument("--objects", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--preset", choices=RUN_PRESETS, default="quick")
    args = parser.parse_args()
    for objects in args.objects:
        for seed in args.seeds:
            path = args.output / f"{args.target.name}-{args.preset}-{objects}-seed-{seed}.json"
            if not path.exists():
                report = measured(args, objects, seed)
                write_report(path, report)
                print(path.name, report["cpu_minutes"], report["results"], flush=True)


def measured(args: argparse.Namespace, objects: int, seed: int) -> dict[str, Any]:
    """Train one model, and try it and the model it starts from."""
    labelled, others = divided(find_pairs(args.target), objects, seed)
    name = f"{args.target.name}-{args.preset}-{objects}-seed-{seed}"
    folder = RunFolder(args.runs / name)
    write_data_set(folder.path / "data", few_objects(labelled, objects, seed))
    minutes = trained(folder, name, args.preset, seed)
    samples = {
        "target": sample_of(others, args.target.name),
        "kept": draw_sample(args.kept, count=TRIED, seed=0),
    }
    return {
        "kind": "fine-tuning",
        "preset": args.preset,
        "objects": objects,
        "images": len(labelled),
        "seed": seed,
        "cpu_minutes": minutes,
        "data": {role: sample.data for role, sample in samples.items()},
        "results": {
            role: {"before": figures(MODEL, sample), "after": figures(str(folder.model), sample)}
            for role, sample in samples.items()
        },
        "training": read_card(folder.model).training,
        **provenance(),
    }


def divided(
    pairs: tuple[Pair, ...], objects: int, seed: int
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Images to label objects on, and all others."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    count = -(-objects // PER_IMAGE)
    return tuple(pairs[i] for i in order[:count]), tuple(pairs[i] for i in sorted(order[count:]))


def few_objects(pairs: tuple[Pair, ...], objects: int, seed: int) -> list[LabelledImage]:
    """As many objects of each image; the others are not labelled, as a user leaves them."""
    planes = []
    for index, pair in enumerate(pairs):
        image, labels = read_pair(pair)
        ids = [found.object_id for found in labelled_objects(labels, min_area=MIN_AREA)]
        count = min(PER_IMAGE, objects - index * PER_IMAGE)
        chosen = np.random.default_rng((seed, index)).permutation(ids)[:count]
        kept = np.where(np.isin(labels, chosen), labels, 0)
        planes.append(LabelledImage(pair.name, image, kept))
    return planes


def trained(folder: RunFolder, name: str, preset: Any, seed: int) -> float:
    """Train from the beginning, so that the time is whole; return the minutes of CPU."""
    base = BaseModel(MODEL, read_card(find_model(MODEL)).architecture)
    config = run_config(base, (DataConfig(path="data"),), preset, name=name, seed=seed)
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    began = time.process_time()
    deque(
        run_training(config, folder, data_root=folder.path, fabric=fabric, resume=False), maxlen=1
    )
    return round((time.process_time() - began) / 60, 2)


def sample_of(pairs: tuple[Pair, ...], name: str) -> Sample:
    planes = [Plane(pair.name, partial(read_pair, pair)) for pair in pairs]
    targets = sample_targets(find_targets(planes), TRIED, seed=0)
    return Sample(targets, {"name": name, "images": len(pairs), "sampled": TRIED})


def figures(model: str, sample: Sample) -> dict[str, float]:
    predictor = load_predictor(model, "cpu")
    results = run_benchmark(sample.targets, predictor, RobotUser(), seed=0, goal=0.9)
    ious = [result.ious for result in results]
    return {
        "clicks@85": clicks_at_iou(ious, 0.85).mean,
        "clicks@90": clicks_at_iou(ious, 0.9).mean,
        "iou@1": float(iou_at_clicks(ious)[0]),
    }


if __name__ == "__main__":
    main()
