"""Inside the portal's processes: at the point that is armed, kill as ordered, with SIGKILL.

Or, where that is ordered, fail once as Django does when the database is away. The orders lie in a
file of the folder CHAOS_FOLDER, as the processes are many and die. The first is carried out, then
the next; each once: whoever takes the file away, does it.
"""

import functools
import importlib
import json
import os
import signal
from collections import Counter, defaultdict
from pathlib import Path

from django.db import OperationalError

from tests.chaos.points import POINTS, When

FOLDER = Path(os.environ.get("CHAOS_FOLDER", "."))
ARMED, SPRUNG = FOLDER / "armed", FOLDER / "sprung"
# While it is there, no callback gets through.
HELD = FOLDER / "held"

_role = ""
_passed = Counter()


def install():
    """Wrap all functions that points name. Raises LookupError where one does not exist."""
    points_of = defaultdict(list)
    for point in POINTS:
        points_of[point.function].append(point)
    for path, points in points_of.items():
        owner, name = find(path)
        setattr(owner, name, _wrapped(getattr(owner, name), points))


def find(path):
    """The module or class, and the name in it, of a dotted path."""
    names = path.split(".")
    for length in range(len(names) - 1, 0, -1):
        try:
            owner = importlib.import_module(".".join(names[:length]))
        except ModuleNotFoundError:
            continue
        for name in names[length:-1]:
            owner = getattr(owner, name, None)
        if callable(getattr(owner, names[-1], None)):
            return owner, names[-1]
        break
    raise LookupError(f"{path} does not exist any more: correct tests/chaos/points.py")


def become(role):
    """What this process, and all that it forks, is."""
    global _role
    _role = role


def _wrapped(function, points):
    at = {when: [point for point in points if point.when == when] for when in When}

    @functools.wraps(function)
    def wrapped(*arguments, **named):
        _pass(at[When.BEFORE])
        result = function(*arguments, **named)
        _pass(at[When.AFTER])
        return _Watched(result, at) if at[When.INSIDE] or at[When.LEFT] else result

    return wrapped


class _Watched:
    def __init__(self, manager, at):
        self._manager, self._at = manager, at

    def __enter__(self):
        entered = self._manager.__enter__()
        _pass(self._at[When.INSIDE])
        return entered

    def __exit__(self, *trouble):
        handled = self._manager.__exit__(*trouble)
        if trouble[0] is None:
            _pass(self._at[When.LEFT])
        return handled


def _pass(points):
    for point in points:
        if point.role == _role:
            _spring(point)


def _spring(point):
    try:
        order = json.loads(ARMED.read_text())[0]
    except FileNotFoundError:
        return
    if order["point"] != point.name:
        return
    _passed[point.name] += 1
    if _passed[point.name] >= order["call"] and _take():
        if order["kill"] == "refusal":
            raise OperationalError("no database")
        if order["kill"] in ("parent", "group"):
            os.kill(os.getppid(), signal.SIGKILL)
        if order["kill"] in ("horse", "group"):
            os.kill(os.getpid(), signal.SIGKILL)


def _take():
    """False where another process was faster."""
    taken = FOLDER / f"taken-{os.getpid()}"
    try:
        ARMED.rename(taken)
    except FileNotFoundError:
        return False
    if others := json.loads(taken.read_text())[1:]:
        taken.write_text(json.dumps(others))
        taken.rename(ARMED)
    else:
        taken.rename(SPRUNG)
    return True
