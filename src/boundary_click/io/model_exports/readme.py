"""What an exported package says to those who read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from boundary_click.io.checkpoint import ModelCard
from boundary_click.io.model_exports.networks import Exported, Port


class Paper(NamedTuple):
    """A paper to cite."""

    text: str
    url: str


PAPERS = (
    Paper(
        "S. Majumder, A. Rai, A. Khurana and A. Yao, Two-in-One Refinement for Interactive "
        "Segmentation, British Machine Vision Conference (BMVC), 2020",
        "https://cg.cs.uni-bonn.de/en/publications/paper-details/majumder-2020-two/",
    ),
    Paper(
        "S. Majumder and A. Yao, Content-Aware Multi-Level Guidance for Interactive Instance "
        "Segmentation, IEEE/CVF Conference on Computer Vision and Pattern Recognition (CVPR), 2019",
        "https://openaccess.thecvf.com/content_CVPR_2019/papers/Majumder_Content-Aware_Multi-Level_"
        "Guidance_for_Interactive_Instance_Segmentation_CVPR_2019_paper.pdf",
    ),
)
"""Whose methods the models implement."""


def readme(card: ModelCard, network: Exported, others: Sequence[Exported]) -> str:
    """Return the README of a package, in Markdown.

    Parameters
    ----------
    card : ModelCard
    network : Exported
        The network that sees the image.
    others : sequence of Exported
        Those that lie beside it.
    """
    parts = [
        f"# {card.name}",
        card.description or "Interactive segmentation by clicks.",
        "A network of napari-boundary-click, which segments the object that is clicked on in an "
        "image. It sees a square window round the object and maps of the clicks.",
        _ports(network, "weights.onnx"),
        *(_ports(other, f"{other.name}.onnx") for other in others),
        "The package turns the logits of weights.onnx into a probability.",
        "## Validation",
        _metrics(card),
        "To validate it on images of your own, let clicks be simulated on objects whose masks are "
        "known: `boundary-click evaluate --data DIR --model NAME --json OUT.json`.",
        "## Training data",
        "\n".join(f"- {data}" for data in card.data) or "Not stated.",
        "## Licence",
        card.licence or "Not stated.",
        "## Citation",
        "\n".join(f"- {paper.text}. {paper.url}" for paper in PAPERS),
    ]
    return "\n\n".join(parts) + "\n"


def _ports(network: Exported, file: str) -> str:
    lines = [f"## The {network.name} network, {file}", "| | axes | what |", "| --- | --- | --- |"]
    for title, ports in (("input", network.inputs), ("output", network.outputs)):
        lines += [f"| {title} `{port.name}` | {_axes(port)} | {_meaning(port)} |" for port in ports]
    return "\n".join((lines[0], "", *lines[1:]))


def _axes(port: Port) -> str:
    return " x ".join(("batch", *map(str, port.shape)))


def _meaning(port: Port) -> str:
    """Return what a port means, with its channels if there are few."""
    names = f" Channels: {', '.join(port.channels)}." if 1 < len(port.channels) <= 16 else ""
    return f"{port.meaning}.{names}"


def _metrics(card: ModelCard) -> str:
    if not card.metrics:
        return "No objects were held out of the training, so that nothing was measured."
    lines = ["On objects held out of the training, with a simulated user:", ""]
    return "\n".join(lines + [f"- {name}: {value:.3f}" for name, value in card.metrics.items()])
