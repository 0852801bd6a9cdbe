"""Other programs' model files -> Model."""

from lenet.importers.importer import Imported, ImportOptions, import_model

__all__ = ["ImportOptions", "Imported", "import_model"]
