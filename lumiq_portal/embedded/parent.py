"""`make`, when it is our parent, and told to stop without anybody telling us.

make passes a SIGTERM on, but on a SIGINT for it alone it just waits for its children, and a killed
make tells nobody. Both would leave a site behind that nobody seems to have started.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

from lumiq_portal.embedded.processes import PR_SET_PDEATHSIG


class Make:
    def __init__(self) -> None:
        self._pid = os.getppid() if "MAKELEVEL" in os.environ and sys.platform == "linux" else 0
        self._catches_interrupts = self._has_handler()
        if self._pid:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    def was_interrupted(self) -> bool:
        """make takes its handler away as it begins to wait for its end."""
        return self._catches_interrupts and not self._has_handler()

    def _has_handler(self) -> bool:
        if not self._pid:
            return False
        try:
            status = Path(f"/proc/{self._pid}/status").read_text()
        except OSError:
            return False
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1)
