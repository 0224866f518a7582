"""Gives the storage's files to browsers: byte ranges of local ones, signed addresses on S3."""

from collections.abc import Iterator
from typing import IO

from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.response import HttpResponseRedirect
from django.utils.http import content_disposition_header
from werkzeug.http import parse_range_header, quote_etag

CHUNK_BYTES = 256 * 1024


def serve(
    request: HttpRequest,
    name: str,
    *,
    content_type: str,
    filename: str,
    as_attachment: bool = False,
    may_redirect: bool = True,
) -> HttpResponseBase:
    """`name` in the storage is immutable and unguessable, so it serves as the ETag too.

    `may_redirect` False is for API clients that were promised the file itself.
    """
    disposition = content_disposition_header(as_attachment, filename) or "inline"
    if may_redirect and not isinstance(storages["default"], FileSystemStorage):
        return _redirect(name, content_type, disposition)
    response = _ranged(request, name, content_type)
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _redirect(name: str, content_type: str, disposition: str) -> HttpResponse:
    url = default_storage.url(  # type: ignore[call-arg]
        name,
        parameters={
            "ResponseContentDisposition": disposition,
            "ResponseContentType": content_type,
        },
    )
    response = HttpResponseRedirect(url)
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


def _ranged(request: HttpRequest, name: str, content_type: str) -> HttpResponseBase:
    """RFC 9110 §14: one range is answered with 206, none or several with the whole file."""
    size = default_storage.size(name)
    etag = quote_etag(name)
    start, stop, status = _requested(request, size, etag)
    headers = {"Accept-Ranges": "bytes", "ETag": etag}
    if status == 416:
        headers["Content-Range"] = f"bytes */{size}"
        return HttpResponse(status=416, headers=headers)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=content_type, headers=headers)
    file = default_storage.open(name, "rb")
    response = StreamingHttpResponse(
        _read(file, start, stop), status=status, content_type=content_type, headers=headers
    )
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]
    return response


def _requested(request: HttpRequest, size: int, etag: str) -> tuple[int, int, int]:
    """First byte, the byte after the last, and the status to answer with."""
    whole = (0, size, 200)
    if request.method != "GET":
        return whole  # ranges are defined for GET only
    wanted = parse_range_header(request.headers.get("Range"))
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return whole
    condition = request.headers.get("If-Range")
    if condition is not None and condition.strip() != etag:
        return whole  # another version, or a date, which we never sent
    if size and wanted.ranges[0][0] < -size:
        return (0, size, 206)  # the last n bytes of a file that has fewer: all of it
    span = wanted.range_for_length(size)
    return (*span, 206) if span else (0, 0, 416)


def _read(file: IO[bytes], start: int, stop: int) -> Iterator[bytes]:
    file.seek(start)
    left = stop - start
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        yield chunk
