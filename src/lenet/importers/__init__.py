"""Models of other programs, read into this project's own."""

from lenet.importers.importer import Imported, Wishes, import_model

__all__ = ["Imported", "Wishes", "import_model"]
