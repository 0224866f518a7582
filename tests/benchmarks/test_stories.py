"""What the vertical version of a video costs a worker: processor time and memory."""

import json
import subprocess
import sys

from tests.cast import build_photo_bytes

# In a process of its own: the time and the memory are all the story's. The video is drawn by
# another one, which would be the larger of the two.
_DRAW = """
import sys
from pathlib import Path
from generations.sandbox.football import render_football

folder = Path(sys.argv[1])
render_football(photo=folder / "photo.jpg", team_left="Argentina", team_right="Croatia",
                output=folder / "video.mp4")
"""
_MEASURE = """
import json, resource, sys, time
from pathlib import Path
from generations import story_film
from generations.kits import KITS

folder = Path(sys.argv[1])
began, used = time.perf_counter(), time.process_time()
story_film.make_vertical(folder / "video.mp4", folder / "story.mp4",
                         left=KITS["Argentina"], right=KITS["Croatia"])
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "processor": time.process_time() - used,
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
"""


def test_a_story_is_made_within_its_time_and_memory(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(build_photo_bytes(1024, 1280))
    run(_DRAW, tmp_path)
    figures = json.loads(run(_MEASURE, tmp_path))
    print(
        f"\nstory, 10 s: {figures['seconds']:.1f} s, {figures['processor']:.1f} s of processor "
        f"time, {figures['memory']} MB"
    )
    assert figures["memory"] <= 300
    assert figures["processor"] <= 25


def run(script, folder):
    return subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
    ).stdout
