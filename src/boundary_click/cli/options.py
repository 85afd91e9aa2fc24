"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from boundary_click.engine.predictor import Predictor
    from boundary_click.engine.robot_user import RobotUser

    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add ``--model`` and ``--device``."""
    parser.add_argument(
        "--model",
        default="default",
        metavar="NAME",
        help="a name that `boundary-click models` lists, or the path of a .safetensors file "
        "(default: %(default)s)",
    )
    add_device(parser)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``."""
    parser.add_argument(
        "--device",
        default="auto",
        help="auto, cpu, cuda, cuda:1 or mps (default: %(default)s)",
    )


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add ``--data``, a labelled data set."""
    parser.add_argument(
        "--data",
        type=path,
        metavar="DIR",
        required=True,
        help="folder with images/ and labels/ of the same stems",
    )


def add_objects(parser: argparse.ArgumentParser) -> None:
    """Add ``--objects``, how many of a data set."""
    parser.add_argument(
        "--objects",
        type=positive,
        metavar="N",
        help="draw at most N objects, spread over the images (default: all of 20 pixels or more)",
    )


def add_robot(parser: argparse.ArgumentParser) -> None:
    """Add ``--style``, ``--fp-rule``, ``--jitter`` and ``--seed``; see `robot_user`."""
    parser.add_argument(
        "--style",
        choices=("boundary", "signed"),
        default="boundary",
        help="clicks after the first: on the outline, or positive and negative ones in the "
        "middle of errors (default: %(default)s)",
    )
    parser.add_argument(
        "--fp-rule",
        choices=("farthest", "nearest"),
        default="farthest",
        help="which point of the true outline is clicked where the mask is too large: the one "
        "farthest from the mask's outline, or, as published, the nearest (default: %(default)s)",
    )
    parser.add_argument(
        "--jitter",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="standard deviation of the noise of each click, as a share of the square root of "
        "the object's area, such as 0.05 (default: %(default)s)",
    )
    add_seed(parser)


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add ``--seed``."""
    parser.add_argument(
        "--seed",
        type=natural,
        default=0,
        metavar="N",
        help="seed of everything random (default: %(default)s)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", type=path, metavar="OUT.json", help="write the results here")


def robot_user(args: argparse.Namespace, predictor: Predictor) -> RobotUser:
    """Return the simulated user that the options of `add_robot` describe.

    Raises
    ------
    ValueError
        If the model does not take this user's clicks.
    """
    from boundary_click.engine.robot_user import RobotUser, styles_for

    styles = styles_for(predictor.click_kinds)
    if args.style not in styles:
        raise ValueError(
            f"model {predictor.name!r} takes no {args.style} clicks; use --style {styles[0]}"
        )
    return RobotUser(style=args.style, fp_rule=args.fp_rule, jitter=args.jitter)


def natural(text: str) -> int:
    """Read an integer from 0 up."""
    return _at_least(int(text), 0)


def positive(text: str) -> int:
    """Read an integer from 1 up."""
    return _at_least(int(text), 1)


def share(text: str) -> float:
    """Read a number from 0 to 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"must be from 0 to 1, got {text}")
    return number


def path(text: str) -> Path:
    """Read a path; ``~`` is the home folder."""
    return Path(text).expanduser()


def _at_least(number: int, low: int) -> int:
    if number < low:
        raise argparse.ArgumentTypeError(f"must be {low} or more, got {number}")
    return number
