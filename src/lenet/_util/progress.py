"""The callback by which long work reports how far it is."""

from collections.abc import Callable

Progress = Callable[[int], object]
"""Called with the number of further units that are done, as `tqdm.update` is; negative if some are lost."""
