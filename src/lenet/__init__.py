"""Handwritten letters, recognized by a LeNet.

>>> import lenet
>>> recognizer = lenet.load()
>>> recognizer.recognize([[(0, 0), (0, 10)], [(0, 10), (6, 10)]]).letter
'L'
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lenet.errors import LenetError
    from lenet.inference.recognizer import Recognition, Recognizer, load

__version__ = "0.1.0"

__all__ = ["LenetError", "Recognition", "Recognizer", "load"]


def __getattr__(name: str) -> object:
    """Load the recognizer, and with it NumPy and the engine, when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'lenet' has no attribute {name!r}")
    if name == "LenetError":
        from lenet.errors import LenetError

        return LenetError
    from lenet.inference import recognizer

    return getattr(recognizer, name)


def __dir__() -> list[str]:
    """Name what is loaded later too, for completion."""
    return sorted({*globals(), *__all__})
