"""Models of other programs, read into this project's own."""

from lenet.importers.importer import Imported, ImportOptions, import_model

__all__ = ["ImportOptions", "Imported", "import_model"]
