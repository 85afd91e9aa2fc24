"""Which image, and which model: enough to notice another one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

_BLOCKS = 16
_SIDE = 32


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """What tells an image from others.

    Attributes
    ----------
    source : str or None
        Path or address that it was read from.
    shape : tuple of int
        With colours last, if any.
    dtype : str
    is_rgb : bool
        Whether the last axis holds colours.
    fingerprint : str
        SHA-256 of some small blocks of pixels.
    """

    source: str | None
    shape: tuple[int, ...]
    dtype: str
    is_rgb: bool
    fingerprint: str

    def differences(self, other: ImageIdentity) -> tuple[str, ...]:
        """Return what speaks against another image being the same, as sentences.

        A file that was moved or renamed is the same image.
        """
        found = []
        if self.shape != other.shape:
            found.append(f"The image has the shape {other.shape}, the project's {self.shape}.")
        if self.dtype != other.dtype:
            found.append(f"The image holds {other.dtype}, the project's {self.dtype}.")
        if not found and self.fingerprint != other.fingerprint:
            found.append("The image's pixels are not those of the project's image.")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What tells a model from others.

    Attributes
    ----------
    name : str
    sha256 : str
        Of its file; empty if it has none.
    """

    name: str = ""
    sha256: str = ""


def identity_of(data: Any, *, source: str | None = None, is_rgb: bool = False) -> ImageIdentity:
    """Return the identity of an image, of which only a few small blocks are read.

    Parameters
    ----------
    data : array-like
        nD, numpy or lazy.
    source : str, optional
    is_rgb : bool
    """
    shape = tuple(int(length) for length in data.shape)
    digest = hashlib.sha256()
    for block in _blocks(shape, is_rgb):
        digest.update(np.ascontiguousarray(np.asarray(data[block])).tobytes())
    dtype = np.dtype(data.dtype).name
    return ImageIdentity(source, shape, dtype, is_rgb, digest.hexdigest())


def _blocks(shape: tuple[int, ...], is_rgb: bool) -> Iterator[tuple[slice, ...]]:
    """Yield small blocks that lie spread over an image, the same for each image of its shape."""
    spatial = shape[:-1] if is_rgb else shape
    rng = np.random.default_rng(0)
    for _ in range(_BLOCKS):
        sides = [1] * (len(spatial) - 2) + [_SIDE, _SIDE]
        starts = [
            int(rng.integers(0, max(length - side, 0) + 1))
            for length, side in zip(spatial, sides, strict=True)
        ]
        yield tuple(slice(at, at + side) for at, side in zip(starts, sides, strict=True))
