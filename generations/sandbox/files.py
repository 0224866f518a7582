"""Where the sandbox keeps its files: uploads until they are drawn, videos for 30 days."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Folders:
    """The layout of the state directory. One server at a time may hold it."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._incoming = state / "incoming"
        self._uploads = state / "uploads"
        self._videos = state / "videos"
        for folder in (self._incoming, self._uploads, self._videos):
            folder.mkdir(parents=True, exist_ok=True)
        # Held for as long as this object lives; the kernel lets go of it however the process ends.
        self._lock = (state / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as failure:
            self._lock.close()
            raise SystemExit(f"another sandbox is using {state}") from failure

    @property
    def database(self) -> Path:
        return self._state / "sandbox.sqlite3"

    def close(self) -> None:
        self._lock.close()

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder for the files of one request, gone when the request is."""
        folder = Path(tempfile.mkdtemp(dir=self._incoming))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_uploads(self, task_id: str, files: dict[str, Path]) -> None:
        folder = self._uploads / task_id
        folder.mkdir()
        for name, path in files.items():
            path.replace(folder / name)

    def upload(self, task_id: str, name: str) -> Path:
        return self._uploads / task_id / name

    def drop_uploads(self, task_id: str) -> None:
        shutil.rmtree(self._uploads / task_id, ignore_errors=True)

    def drop_all_uploads_but(self, task_ids: set[str]) -> None:
        """What an end in the middle of something left behind."""
        for folder in self._incoming.iterdir():
            shutil.rmtree(folder, ignore_errors=True)
        for folder in self._uploads.iterdir():
            if folder.name not in task_ids:
                self.drop_uploads(folder.name)

    def video(self, task_id: str) -> Path:
        return self._videos / f"{task_id}.mp4"

    def unfinished_video(self, task_id: str) -> Path:
        return self._videos / f"{task_id}.part.mp4"

    def drop_video(self, task_id: str) -> None:
        self.video(task_id).unlink(missing_ok=True)
