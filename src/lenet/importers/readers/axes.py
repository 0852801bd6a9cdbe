"""Order of an activation's axes while a reader follows a model through its layers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lenet.errors import UnsupportedError
from lenet.importers.ir import Affine, Array, Flatten, Nothing, Pair, Step, batch_norm, transposed_step


class Axes(NamedTuple):
    """Axes of an activation after the first, which counts the images.

    names  a letter an axis: "CHW", "HWC", "HW" for an image without a channel yet, "U" if flat;
           "1" is an axis of one, such as in "U1"
    sides  rows and columns of the image while only its scale and shape have changed; then None
    """

    names: str
    sides: Pair | None = None

    @property
    def is_map(self) -> bool:
        """Return True for a map with channels."""
        return sorted(self.names) == ["C", "H", "W"]

    @property
    def changed(self) -> Axes:
        """Return the axes of an activation that is not the image any more."""
        return Axes(self.names)

    def of_rows(self, steps: list[Step]) -> list[Step]:
        """Return steps for rows and columns that this activation may hold transposed."""
        swapped = self.names.find("W") < self.names.find("H")
        return [transposed_step(step) for step in steps] if swapped else steps

    def flattened(self, place: str, units: int | None = None) -> list[Step]:
        """Return the steps that flatten the activation; a row of pixels is already flat."""
        if self.sides and "U" in self.names:
            return [Flatten(place, "CHW", units)]
        if "U" in self.names:
            return [Nothing(place)]
        order = self.names if "C" in self.names else "C" + self.names
        return [Flatten(place, order, units)]

    def pixels_flattened(self) -> list[Step]:
        """Return the step that flattens the input if it is a row of pixels, else none."""
        return self.flattened("the input") if self.sides and "U" in self.names else []

    def spread(self, place: str, values: Array) -> Array:
        """Return constants in a shape of `Affine`.

        Args:
            place: the layer, for messages.
            values: constants that broadcast to the activation's axes, with or without the first.

        Raises:
            LenetError: they do not broadcast so.
        """
        if values.size == 1:
            return values.reshape(())
        names = self.names if "C" in self.names or "U" in self.names else "C" + self.names
        rank = len(self.names) + 1
        shape = (*(1,) * (rank - values.ndim), *values.shape)
        known = sorted(names) == ["C", "H", "W"] or "U" in names
        if not known or len(shape) != rank or shape[0] != 1:
            raise UnsupportedError(f"{place}: its constants of {values.shape} do not go with its input")
        values = values.reshape(shape[1:])
        if "U" in self.names:
            if values.size != shape[1 + self.names.index("U")]:
                raise UnsupportedError(f"{place}: its constants of {values.shape} do not go with its input")
            return values.ravel()
        return values.reshape((1,) * (3 - values.ndim) + values.shape).transpose(
            [names.index(name) for name in "CHW"]
        )

    def normalized(self, place: str, axis: int, arrays: list[Array], epsilon: float) -> Affine:
        """Return batch normalization along an axis.

        Args:
            place: the layer, for messages.
            axis: number of the axis, of which the first, the images', is 0.
            arrays: gamma, beta, mean and variance, (n,) each.
            epsilon: added to the variance.
        """
        gamma, beta, mean, variance = arrays
        step = batch_norm(place, gamma, beta, mean, variance, epsilon)
        if self.names[axis - 1] in "CU":
            return step
        shape = [-1 if k == axis - 1 else 1 for k in range(len(self.names))]
        scale, shift = (self.spread(place, np.reshape(x, shape)) for x in (step.scale, step.shift))
        return Affine(place, scale, shift)
