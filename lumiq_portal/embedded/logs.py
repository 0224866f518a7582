"""The log of one program: a file, turned over at each start, read only for what it warns of."""

import re
from pathlib import Path

KEPT = 3
_WARNING = re.compile(rb"(?: |\[)(?:WARNING|ERROR|CRITICAL)(?: |\]|:)|^Traceback ", re.MULTILINE)


class Log:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_to = 0

    def turn_over(self) -> None:
        """`web.log` becomes `web.log.1`, and so on; the oldest goes."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        names = [self.path, *(self.path.with_name(f"{self.path.name}.{n}") for n in range(1, KEPT))]
        for older, newer in zip(reversed(names), [*reversed(names[:-1])], strict=False):
            if newer.exists():
                newer.replace(older)
        self._read_to = 0

    def count_new_warnings(self) -> int:
        """Warnings and errors written since the last call."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read_to)
                fresh = file.read(1024 * 1024)
        except FileNotFoundError:
            return 0
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_to += len(whole)
        return len(_WARNING.findall(whole))

    def last_lines(self, count: int = 15) -> str:
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - 8192))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-count:])
