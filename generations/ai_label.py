"""What a video's own file says of how it was made: words for people, XMP for machines.

IPTC's DigitalSourceType is what editors, search engines and other portals look for.
"""

from pathlib import Path

from generations.mp4_boxes import read_boxes

COMMENT = "Made with AI. The crowd, the stadium and the match are invented."

# XMP in MP4 files: XMP specification part 3, and IPTC's vocabulary of sources.
_XMP_BOX = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<Iptc4xmpExt:DigitalSourceType>{_SOURCE}</Iptc4xmpExt:DigitalSourceType>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{COMMENT}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def append_xmp(path: Path) -> None:
    """Behind all that is there, so that no offset in the file changes and players see no
    difference. Raises UnusableVideo where it is no whole MP4."""
    last = read_boxes(path)[-1]
    content = _XMP_BOX + _PACKET.encode()
    with path.open("r+b") as file:
        file.seek(last.start)
        if file.read(4) == b"\0\0\0\0":
            return  # the last box goes as far as the file does: it would swallow the label
        file.seek(0, 2)
        file.write((8 + len(content)).to_bytes(4, "big") + b"uuid" + content)
