"""``boundary-click benchmark``: train and measure the ablations of a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boundary_click.cli.benchmark import guidance, propagation, two_in_one

if TYPE_CHECKING:
    from boundary_click.cli.options import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Add the command to a parser."""
    parser = subparsers.add_parser(
        "benchmark",
        help="train and measure the ablations of a paper",
        description="Train the models that a paper compares, all by one configuration, and "
        "measure them with the simulated user. A model that is there already is not trained again.",
    )
    papers = parser.add_subparsers(title="papers", metavar="PAPER", required=True)
    two_in_one.add_parser(papers)
    guidance.add_parser(papers)
    propagation.add_parser(papers)
