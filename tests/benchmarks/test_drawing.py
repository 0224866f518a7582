"""What a football video costs the sandbox: one core's time, memory, beside bare encoding."""

import json
import subprocess
import sys

from tests.cast import build_photo_bytes

# In a process of its own on one core: the time and the memory are all the drawing's.
_MEASURE = """
import json, os, resource, sys, time
from pathlib import Path
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import av
from generations.sandbox.football import render_football

folder = Path(sys.argv[1])
began = time.perf_counter()
render_football(photo=folder / "photo.jpg", team_left="Argentina", team_right="Croatia",
                output=folder / "drawn.mp4")
drawn = time.perf_counter() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

frames = [frame.to_ndarray(format="yuv420p")
          for frame, _ in zip(av.open(str(folder / "drawn.mp4")).decode(video=0), range(24))]
began = time.perf_counter()
with av.open(str(folder / "bare.mp4"), "w") as container:
    stream = container.add_stream("libx264", rate=24, options={"preset": "veryfast", "crf": "22"})
    stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
    for number in range(240):
        frame = av.VideoFrame.from_ndarray(frames[number % 24], format="yuv420p")
        container.mux(stream.encode(frame))
    container.mux(stream.encode())
print(json.dumps({"drawn": drawn, "bare": time.perf_counter() - began, "memory": memory}))
"""


def test_drawing_stays_near_bare_encoding(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(build_photo_bytes(1024, 1280))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    figures = json.loads(done.stdout)
    ratio = figures["drawn"] / figures["bare"]
    print(
        f"\nfootball, 10 s: {figures['drawn']:.1f} s on one core, {figures['memory']} MB; "
        f"{ratio:.1f} × bare encoding of as many frames ({figures['bare']:.1f} s)"
    )
    assert figures["memory"] <= 300
    assert ratio <= 3
