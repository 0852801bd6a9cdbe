"""Read letters from every source as a `Dataset`: upright uint8 28x28 images and labels 0..25."""

from lenet.datasets.dataset import Dataset
from lenet.datasets.layout import ImageLayout
from lenet.datasets.readers.strokes import Rendering, rasterize_drawings
from lenet.datasets.registry import load, load_all, load_train_test
from lenet.datasets.splits import TrainTest, train_test_split, train_validation_split

__all__ = [
    "Dataset",
    "ImageLayout",
    "Rendering",
    "TrainTest",
    "load",
    "load_all",
    "load_train_test",
    "rasterize_drawings",
    "train_test_split",
    "train_validation_split",
]
