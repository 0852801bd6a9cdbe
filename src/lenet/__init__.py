"""Handwritten letters, recognised by a LeNet.

>>> import lenet
>>> recognizer = lenet.load()
>>> recognizer.recognize([[(0, 0), (0, 10)], [(0, 10), (6, 10)]]).letter
'L'
"""

from lenet.errors import LenetError
from lenet.inference.recognizer import Recognition, Recognizer, load

__version__ = "0.1.0"

__all__ = ["LenetError", "Recognition", "Recognizer", "load"]
