"""Puts finished files into the storage. Knows what a storage raises that is away, S3's too."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

# What django-storages lets through is botocore's ClientError and BotoCoreError, boto3's and
# s3transfer's own; no OSError among most of them. Told by name: a portal whose files lie in a
# folder never loads these libraries.
_S3_LIBRARIES = frozenset({"botocore", "boto3", "s3transfer"})


class StorageAway(Exception):
    """The storage cannot be reached, or does not take or give the file now. Try again later."""


def store(name: str, content: Path | bytes) -> str:
    """Returns the name it is stored under. Raises StorageAway.

    Names carry the content's hash, so a file that is there already is the same file.
    """
    with named_failures():
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if default_storage.exists(name):
            if default_storage.size(name) == size:
                return name
            default_storage.delete(name)  # what a worker left that died while it wrote
        if isinstance(content, bytes):
            return default_storage.save(name, ContentFile(content))
        with content.open("rb") as source:
            return default_storage.save(name, File(source))


def is_stored(name: str) -> bool:
    """Raises StorageAway."""
    with named_failures():
        return default_storage.exists(name)


@contextmanager
def named_failures() -> Iterator[None]:
    """What any storage raises that does not give or take a file now becomes StorageAway."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) or _is_of_s3(error):
            raise StorageAway(f"the storage: {type(error).__name__}: {error}") from error
        raise


def _is_of_s3(error: Exception) -> bool:
    """Also true of the classes that botocore makes up as it goes: they descend from its own."""
    modules = (kind.__module__.partition(".")[0] for kind in type(error).__mro__)
    return not _S3_LIBRARIES.isdisjoint(modules)
