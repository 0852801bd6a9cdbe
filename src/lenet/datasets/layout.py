"""The orientation and polarity in which the files of other people store images."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lenet.datasets.dataset import Dataset
from lenet.ink import Orientation


@dataclass(frozen=True)
class ImageLayout:
    """Relation of stored images to upright ones with bright ink.

    Attributes:
        orientation: how they lie.
        inverted: True for dark ink on a light ground.
    """

    orientation: Orientation = Orientation.UPRIGHT
    inverted: bool = False

    def normalize(self, data: Dataset) -> Dataset:
        """Return a data set of stored images with upright images, ink bright."""
        if self == UPRIGHT:
            return data
        images = np.ascontiguousarray(self.orientation.inverse.apply(data.images))
        return replace(data, images=255 - images if self.inverted else images)


UPRIGHT = ImageLayout()
"""The layout of this project's own files."""
