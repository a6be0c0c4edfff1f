"""Reading XML that a stranger may have written."""

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from starsieve.errors import FileError


def parse_xml(content: bytes) -> Element:
    """Return the outermost element; names come without their namespaces.

    A document type is refused, and with it go all entities, files and addresses that an XML file
    could pull in.

    Raises
    ------
    FileError
        If the content is no XML, is truncated, or declares a document type.

    Examples
    --------
    >>> parse_xml(b'<a xmlns:n="address"><n:b c="1"/></a>')[0].tag
    'b'
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: builder.start(_local(tag), attributes)
    parser.EndElementHandler = lambda tag: builder.end(_local(tag))
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        msg = f"is truncated, or no well-formed XML ({error})."
        raise FileError(msg) from error
    return builder.close()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _refuse(*_declared: object) -> None:
    msg = "declares a document type (<!DOCTYPE), which is refused: it could pull in anything."
    raise FileError(msg)
