"""Read XML that another program wrote: no entities, no external files, bounded size and depth."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from lenet._util.files import READ_ERRORS, open_bytes, read_error
from lenet.errors import DataError

MAX_XML = 4 * 2**20  # bytes
MAX_ELEMENTS = 100_000
MAX_DEPTH = 100


def read_xml(path: str | Path) -> Element:
    """Return the root element of an XML file, gzipped or not; names are without their namespaces.

    Raises:
        DataError: it is not such XML, declares entities, or exceeds a limit.
    """
    try:
        with open_bytes(path) as stream:
            data = stream.read(MAX_XML + 1)
    except READ_ERRORS as error:
        raise read_error(path, error) from None
    if len(data) > MAX_XML:
        raise DataError(f"{path}: XML of more than {MAX_XML // 2**20} MiB; split the file")
    return parse_xml(data, str(path))


def parse_xml(data: bytes, place: str) -> Element:
    """Parse XML as `read_xml` does; `place` is the file, for messages."""
    builder = TreeBuilder()
    depth = elements = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise DataError(f"{place}: XML of too many or too deep elements; split the file")
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse_entity(*declaration: object) -> NoReturn:
        raise DataError(f"{place}: declares XML entities, which are not read; save it without")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse_entity
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{place}: not XML ({error}); save it again") from None
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
