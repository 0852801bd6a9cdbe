"""Writers of letters: one module for each format.

Rules: the bytes depend on the letters and the versions in the manifest alone.
"""

from __future__ import annotations

from lenet.bulk.manifest import OutputFormat
from lenet.bulk.writers.types import Letters, Mark, Writer

__all__ = ["Letters", "Mark", "Writer", "writer_of"]


def writer_of(output_format: OutputFormat) -> Writer:
    """Return the writer of a format. Raise MissingDependencyError if it needs a package."""
    if output_format is OutputFormat.PARQUET:
        from lenet.bulk.writers.parquet import ParquetWriter, pyarrow_version

        pyarrow_version()
        return ParquetWriter()
    if output_format is OutputFormat.JSONL:
        from lenet.bulk.writers.jsonl import JsonlWriter

        return JsonlWriter()
    from lenet.bulk.writers.csv import CsvWriter

    return CsvWriter()
