"""Second stage: the refinement head learns to correct masks, the selection network is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from boundary_click.core.arrays import iou, signed_distance
from boundary_click.core.clicks import Click
from boundary_click.core.geometry import BoolArray, FloatArray, Window
from boundary_click.engine.correction import agreeing, settle
from boundary_click.engine.crop import crop_box
from boundary_click.engine.refinement_input import RefinementInput, refinement_input
from boundary_click.engine.robot_user import RobotUser
from boundary_click.engine.state import sigmoid
from boundary_click.models.build import TwoInOne
from boundary_click.training.batches import BatchSource
from boundary_click.training.config import RefinementStageConfig
from boundary_click.training.objective import objective
from boundary_click.training.samples import Sample, Sampler
from boundary_click.training.selection_task import SelectionBatch

_MAX_DRAWS = 20


@dataclass(frozen=True, slots=True)
class Crop:
    """An object on the grid of its crop, after the selection.

    Attributes
    ----------
    features : Tensor, shape (F, r, r)
        F_t, frozen.
    image : ndarray of float32, shape (3, R, R)
    logits : ndarray of float32, shape (R, R)
        Of the selection network.
    truth, valid : ndarray of bool, shape (R, R)
    distance : ndarray of float32, shape (R, R)
        Distance to the object's nearest boundary pixel, in pixels of the network input.
    click : Click
        The selection click.
    rim : float
        Half an image pixel, in cells.
    cell : float
        Cells per pixel of the network input.
    user : RobotUser
        Who corrects this object.
    count : int
        Corrections to make.
    seed : int
        Of the robot's jitter.
    """

    features: Tensor
    image: FloatArray
    logits: FloatArray
    truth: BoolArray
    valid: BoolArray
    distance: FloatArray
    click: Click
    rim: float
    cell: float
    user: RobotUser
    count: int
    seed: int


class RefinementTask(nn.Module):
    """The refinement head with its loss, on objects selected by the frozen network.

    Parameters
    ----------
    model : TwoInOne
    config : RefinementStageConfig
    """

    def __init__(self, model: TwoInOne, config: RefinementStageConfig) -> None:
        super().__init__()
        self.network = model.refinement
        self.config = config
        # Not a submodule: the first stage stays as it is.
        self._model = (model,)

    def draw(self, sampler: Sampler, rng: np.random.Generator) -> Crop:
        """Return a random object whose first mask is in the configured range of IoU."""
        low, high = self.config.iou_range
        for _ in range(_MAX_DRAWS):
            crop = self._select(sampler.draw(rng, focus_only=True), rng)
            if low <= iou(crop.logits > 0, crop.truth, valid=crop.valid) <= high:
                break
        return crop

    def source(self, sampler: Sampler) -> BatchSource:
        """Return where batches come from: each sample runs the selection network."""
        return BatchSource(partial(self.draw, sampler), list, is_portable=False)

    def forward(self, crops: list[Crop]) -> Tensor:
        """Return the loss of a batch, the mean over its corrections."""
        device = next(self.network.parameters()).device
        features = torch.stack([crop.features for crop in crops]).to(device)
        truth = _stack([crop.truth for crop in crops], device)
        valid = _stack([crop.valid for crop in crops], device)
        distance = _stack([crop.distance for crop in crops], device)
        talks = [_Conversation(crop, self.config, self._model[0]) for crop in crops]
        losses = []
        for _ in range(max(crop.count for crop in crops)):
            steps = [talk.next_step() for talk in talks]
            output = self.network(features, _stack([s.planes for s in steps], device))
            if self._model[0].config.refinement.is_local:
                base = _stack([s.base for s in steps], device)
                reach = _stack([s.reach for s in steps], device)
                output = base + reach * output
            weight = valid * _stack([talk.weight() for talk in talks], device)
            weight = weight / weight.mean().clamp(min=1e-6)
            losses.append(objective(output, truth, weight, distance, self.config))
            for talk, logits in zip(talks, output.detach()[:, 0].cpu().numpy(), strict=True):
                talk.answer(logits)
        return torch.stack(losses).mean()

    @torch.no_grad()
    def _select(self, sample: Sample, rng: np.random.Generator) -> Crop:
        """Run the frozen selection network and crop."""
        model = self._model[0]
        model.selection.eval()
        device = next(model.selection.parameters()).device
        batch = SelectionBatch.of([sample], model.config.guidance).to(device)
        selection = model.selection(batch.image, batch.guidance)
        logits = selection.logits[0, 0].float().cpu().numpy()
        options = model.config.refinement
        box = crop_box(
            sigmoid(logits),
            sample.click,
            threshold=model.config.crop_threshold,
            padding=options.padding,
            is_square=options.is_local,
        )
        grid = Window(box, options.roi_size)
        boxes = torch.tensor([[box.top, box.left, box.bottom, box.right]], device=device)
        config = self.config
        cell = min(grid.zoom)
        return Crop(
            features=model.crop_features(selection.features, boxes)[0],
            image=np.ascontiguousarray(np.moveaxis(grid.read(sample.image), 2, 0)),
            logits=grid.read(logits),
            truth=grid.read(sample.truth) > 0.5,
            valid=grid.read(sample.valid) > 0.5,
            distance=grid.read(sample.distance),
            click=grid.to_grid((sample.click,))[0],
            rim=0.5 * sample.pixel_size * cell,
            cell=cell,
            user=RobotUser(
                style="signed" if rng.random() < config.signed_share else "boundary",
                fp_rule=config.fp_rule,
                min_share=float(rng.uniform(*config.min_share)),
                jitter=float(rng.uniform(0, 2 * config.click_jitter)),
            ),
            count=int(rng.integers(config.clicks[0], config.clicks[1] + 1)),
            seed=int(rng.integers(2**32)),
        )


class _Conversation:
    """One object's clicks and masks as they take turns."""

    def __init__(self, crop: Crop, config: RefinementStageConfig, model: TwoInOne) -> None:
        self._crop, self._config, self._options = crop, config, model.config.refinement
        self._rng = np.random.default_rng(crop.seed)
        self._clicks: tuple[Click, ...] = (crop.click,)
        self._logits = crop.logits
        if self._options.is_local:
            self._logits = agreeing(crop.logits, self._clicks, rim=crop.rim)
        self._inside = signed_distance(crop.truth)

    def next_step(self) -> RefinementInput:
        """Let the user click, and return what the head is told."""
        if self._config.iterative or len(self._clicks) == 1:
            self._clicks += self._corrections()
        return refinement_input(
            self._options,
            previous=self._logits,
            image=self._crop.image,
            clicks=self._clicks,
            rim=self._crop.rim,
        )

    def answer(self, logits: FloatArray) -> None:
        """Take the head's logits as the mask to correct next."""
        if self._options.is_local:
            logits = settle(logits, self._logits, self._clicks, rim=self._crop.rim)
        self._logits = logits

    def weight(self) -> FloatArray:
        """Return the loss weight: more in a square round each click, and on what was right."""
        side = self._config.near_side * self._crop.cell
        rows, cols = np.ogrid[: self._logits.shape[0], : self._logits.shape[1]]
        is_near = np.zeros(self._logits.shape, dtype=bool)
        for click in self._clicks[1:]:
            is_near |= (abs(rows - click.row) <= side / 2) & (abs(cols - click.col) <= side / 2)
        was_right = (self._logits > 0) == self._crop.truth
        near = np.where(is_near, self._config.near_weight, 1.0)
        kept = np.where(was_right, self._config.keep_weight, 1.0)
        weight: FloatArray = (near * kept).astype(np.float32)
        return weight

    def _corrections(self) -> tuple[Click, ...]:
        """Return the user's next clicks; where nothing is wrong, the last click again."""
        crop = self._crop
        if not crop.truth.any():
            return self._clicks[-1:]
        count = 1 if self._config.iterative else crop.count
        found = crop.user.correct(
            crop.truth,
            self._logits > 0,
            self._rng,
            valid=crop.valid,
            clicked=self._clicks[1:],
            count=count,
        )
        if not found:
            return self._clicks[-1:] if len(self._clicks) > 1 else (self._anywhere(),)
        return tuple(self._on_pixel(click) for click in found)

    def _anywhere(self) -> Click:
        """Return a click on the true outline, for a mask that has no error."""
        points = np.argwhere(np.abs(self._inside) <= 0.5)
        row, col = points[self._rng.integers(len(points))] if len(points) else (0, 0)
        return self._on_pixel(Click(float(row), float(col), "boundary"))

    def _on_pixel(self, click: Click) -> Click:
        """Move a boundary click from the grid's outline to the centre of the image's rim pixel."""
        if click.kind != "boundary":
            return click
        row = int(np.clip(round(click.row), 1, self._inside.shape[0] - 2))
        col = int(np.clip(round(click.col), 1, self._inside.shape[1] - 2))
        patch = self._inside[row - 1 : row + 2, col - 1 : col + 2]
        inward = np.array([patch[2, 1] - patch[0, 1], patch[1, 2] - patch[1, 0]])
        length = float(np.hypot(*inward))
        step = inward / length * (self._crop.rim - 0.5) if length > 0 else np.zeros(2)
        return Click(click.row + float(step[0]), click.col + float(step[1]), "boundary")


def _stack(arrays: list[np.ndarray], device: torch.device) -> Tensor:
    """Stack (R, R) or (K, R, R) arrays to a (B, 1 or K, R, R) float tensor."""
    stacked = torch.from_numpy(np.stack(arrays)).to(device).float()
    return stacked[:, None] if stacked.ndim == 3 else stacked
