"""The portal's workers and beat under the supervisor of `make run`: what exits starts again.

`python -m tests.chaos.supervised FOLDER dispatch fetch beat`, with logs in FOLDER, until SIGTERM.
"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import django

from lumiq_portal.embedded import programs
from lumiq_portal.embedded.errors import Interrupted
from lumiq_portal.embedded.supervisor import Supervisor
from tests.embedded.stand_ins import Watcher


def main(folder, *names):
    django.setup()
    supervisor = Supervisor(logs=Path(folder), watcher=Watcher(), say=_say)
    supervisor.listen_for_signals()
    known = {program.name: program for program in programs.build_workers()}
    try:
        for number, name in enumerate(names):
            # With the environment of this process, whose settings may be a test's own.
            program = replace(known[name], name=f"{name}-{number}", environment={})
            supervisor.start(program)
        supervisor.watch()
    except Interrupted:
        pass
    finally:
        supervisor.stop()


def _say(line):
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    main(*sys.argv[1:])
