"""The class of our RQ jobs: runs functions of this project only."""

from typing import Any

from rq.job import Job

# A worker forks for each job: what is loaded before, no job has to load again (it takes longer than
# most of them).
import accounts.jobs  # noqa: F401 — loaded, not called
import generations.jobs  # noqa: F401 — as well

ALLOWED_PREFIXES = ("generations.jobs.", "accounts.jobs.")


class ForbiddenJob(Exception):
    """Somebody who can write to Redis named a function that is not ours."""


class PortalJob(Job):
    def perform(self) -> Any:
        name = self.func_name or ""
        if not name.startswith(ALLOWED_PREFIXES):
            raise ForbiddenJob(name[:80])
        return super().perform()
