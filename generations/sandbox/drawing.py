"""The pool of drawing processes. Drawing is heavy; in processes of low priority it slows no answer.

Each process has one thread of the server that feeds it, and is started when first needed.
"""

import logging
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from generations.sandbox.drawing_process import Job, draw_jobs

# The documented maximum wait. A job that takes longer hangs.
MAX_SECONDS = 30 * 60
TRIES = 2

logger = logging.getLogger(__name__)


class DrawingPool:
    """`report(task_id, is_drawn)` is called from the pool's threads, once for each job."""

    def __init__(self, workers: int, renderer: str, report: Callable[[str, bool], None]) -> None:
        self._renderer = renderer
        self._report = report
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._feed, name=f"drawing-{number}", daemon=True)
            for number in range(workers)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def draw(self, job: Job) -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        """Ends the processes in the middle of what they do; a restart draws that again."""
        self._stopping.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _feed(self) -> None:
        # The kernel ties a process to the thread that started it, so each thread keeps its own.
        process = _Process(self._renderer, self._stopping)
        try:
            while (job := self._jobs.get()) and not self._stopping.is_set():
                is_drawn = process.draw(job)
                if is_drawn is None:
                    return
                self._report(job.task_id, is_drawn)
        finally:
            process.end()


class _Process:
    """One drawing process, replaced when it dies or hangs."""

    def __init__(self, renderer: str, stopping: threading.Event) -> None:
        self._renderer = renderer
        self._stopping = stopping
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def draw(self, job: Job) -> bool | None:
        """None if the pool is being stopped. A process that dies over a job gets a second try."""
        for _ in range(TRIES):
            try:
                pipe = self._pipe or self._begin()
                pipe.send(job)
                if self._wait(pipe):
                    return bool(pipe.recv())
            except (EOFError, OSError):
                logger.warning("a drawing process died over task %s", job.task_id)
            if self._stopping.is_set():
                return None
            self.end()
        return False

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _begin(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=draw_jobs, args=(theirs, self._renderer, os.getpid()), daemon=True
        )
        self._process.start()
        theirs.close()
        return self._pipe

    def _wait(self, pipe: Connection) -> bool:
        """Whether there is something to receive; looks twice a second if the pool is to stop."""
        for _ in range(MAX_SECONDS * 2):
            if pipe.poll(0.5):
                return True
            if self._stopping.is_set():
                return False
        logger.warning("a drawing process hung")
        return False
