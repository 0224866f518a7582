"""The sandbox without HTTP: takes orders, has them drawn, finishes them in time, calls back."""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from generations.lumiq import contract
from generations.sandbox import webhooks
from generations.sandbox.behaviour import Behaviour
from generations.sandbox.drawing import DrawingPool
from generations.sandbox.drawing_process import Job
from generations.sandbox.files import Folders
from generations.sandbox.orders import Order, Task
from generations.sandbox.scenarios import CALLBACK, Callback
from generations.sandbox.store import Store

FILE_LIFETIME_SECONDS = contract.FILE_LIFETIME_DAYS * 24 * 3600
CLEANING_INTERVAL_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class Studio:
    """`speed` divides the documented waiting time; 0 means that there is none."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        behaviour: Behaviour,
        *,
        workers: int,
        renderer: str,
        speed: float,
        refund_failed: bool,
        video_url: Callable[[str], str],
    ) -> None:
        self._store = store
        self._folders = folders
        self._behaviour = behaviour
        self._speed = speed
        self._refund_failed = refund_failed
        self._video_url = video_url
        self._pool = DrawingPool(workers, renderer, self._record_outcome)
        self._news = threading.Condition()
        self._is_stopping = False
        self._clock = threading.Thread(target=self._watch_the_clock, name="clock", daemon=True)

    def start(self) -> None:
        """Takes up what an earlier run left unfinished."""
        to_draw = self._store.tasks_to_draw()
        self._folders.drop_all_uploads_but({task.task_id for task in to_draw})
        self._pool.start()
        for task in to_draw:
            self._draw(task)
        for task in self._store.tasks_to_call_back():
            self._call_back(task)
        self._clock.start()

    def stop(self) -> None:
        with self._news:
            self._is_stopping = True
            self._news.notify_all()
        self._pool.stop()
        self._clock.join()

    def accept(self, key: str, order: Order) -> tuple[Task, int]:
        """The new task and the credits that remain; raises Refused if they don't suffice."""
        now = time.time()
        task, remaining = self._store.accept(
            key,
            order,
            now=now,
            due_at=now + self._waiting_seconds(order),
            keep=lambda task_id: self._folders.keep_uploads(task_id, order.files),
        )
        if order.outcome is None:
            self._draw(task)
        else:
            self._record_outcome(task.task_id, order.outcome == contract.COMPLETED)
        return task, remaining

    def wait_for_callback(self, task_id: str, seconds: float) -> None:
        """Returns once the callback was made or given up, or nobody waits for one."""
        give_up_at = time.monotonic() + seconds
        while not self._store.is_called_back(task_id) and time.monotonic() < give_up_at:
            time.sleep(0.05)

    def _waiting_seconds(self, order: Order) -> float:
        if order.wait_seconds is not None:
            return order.wait_seconds
        if not self._speed:
            return 0.0
        return random.uniform(*order.minutes) * 60 / self._speed  # noqa: S311 (no secret)

    def _draw(self, task: Task) -> None:
        job = Job(
            task_id=task.task_id,
            kind=task.kind,
            parameters=task.parameters,
            photo=self._folders.upload(task.task_id, "photo"),
            clip=self._folders.upload(task.task_id, "clip"),
            unfinished=self._folders.unfinished_video(task.task_id),
            output=self._folders.video(task.task_id),
            is_test=task.is_test,
        )
        self._pool.draw(job)

    def _record_outcome(self, task_id: str, is_drawn: bool) -> None:
        self._store.record_outcome(task_id, is_drawn=is_drawn)
        self._folders.drop_uploads(task_id)
        with self._news:
            self._news.notify_all()

    def _watch_the_clock(self) -> None:
        next_cleaning_at = 0.0
        while not self._is_stopping:
            now = time.time()
            try:
                self._finish_tasks(now)
                if now >= next_cleaning_at:
                    next_cleaning_at = now + CLEANING_INTERVAL_SECONDS
                    self._drop_old_videos(now)
            except Exception:
                logger.exception("a round of the clock failed")
                time.sleep(1)
            with self._news:
                due_at = self._store.next_due_at()
                wake_at = next_cleaning_at if due_at is None else min(due_at, next_cleaning_at)
                if not self._is_stopping:
                    self._news.wait(max(0.0, wake_at - time.time()))

    def _finish_tasks(self, now: float) -> None:
        for task in self._store.finish_due(now, refund_failed=self._refund_failed):
            if task.webhook_url:
                self._call_back(task)

    def _drop_old_videos(self, now: float) -> None:
        for task in self._store.expire(now - FILE_LIFETIME_SECONDS):
            self._folders.drop_video(task.task_id)

    def _call_back(self, task: Task) -> None:
        """In a thread of its own: a receiver may keep it waiting for most of a minute."""
        threading.Thread(target=self._deliver, args=[task], daemon=True).start()

    def _deliver(self, task: Task) -> None:
        payload = webhooks.build_payload(task, self._video_url(task.task_id), datetime.now(UTC))
        fault = self._behaviour.choose(CALLBACK, task.key, task.scenario)
        is_delivered = fault.call_back(Callback(task.webhook_url, payload, webhooks.deliver))
        self._store.record_callback(task.task_id, is_delivered=is_delivered)
