"""How much of a body is read: what is too large is refused at its head, or where it becomes so."""

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from generations.api.errors import TOO_LARGE, ApiError
from generations.lumiq.contract import MAX_CLIP_BYTES, MAX_PHOTO_BYTES

# Field → bytes. A field that is not known is read past, within the limits of a photo.
FILE_BYTES = {"photo": MAX_PHOTO_BYTES, "video": MAX_CLIP_BYTES}
# Fields, boundaries and heads.
REST_BYTES = 256 * 1024


def guard(request: HttpRequest) -> None:
    """Call before anything reads the body. Raises ApiError, also later, from the reading."""
    names = ["photo", "video"] if request.path.endswith("/avatar") else ["photo"]
    most = sum(FILE_BYTES[name] for name in names) + REST_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > most:
        raise _too_large(names[-1])
    request.upload_handlers.insert(0, _Quota(request))


class _Quota(FileUploadHandler):
    """Lets chunks through to the next handler, up to the limit of their field."""

    _left = 0

    def new_file(self, *arguments: object, **options: object) -> None:
        super().new_file(*arguments, **options)  # type: ignore[arg-type]
        self._left = FILE_BYTES.get(self.field_name or "", MAX_PHOTO_BYTES)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._left -= len(raw_data)
        if self._left < 0:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def upload_complete(self) -> None:
        """Django goes on with the fields that it has; this is where it can be kept from that."""
        if self._left < 0:
            raise _too_large(self.field_name or "")


def _too_large(field: str) -> ApiError:
    most = FILE_BYTES.get(field, MAX_PHOTO_BYTES) // 1024**2
    return ApiError(TOO_LARGE, f"{field} may have {most} MB at most. Nothing was charged.")
