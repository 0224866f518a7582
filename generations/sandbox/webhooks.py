"""Callbacks: the documented payloads, POSTed until one is answered with 200 or all were tried."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import requests

from generations.lumiq import contract
from generations.sandbox.orders import Task

FAILURE_TEXT = "Generation failed"

logger = logging.getLogger(__name__)


def build_payload(task: Task, video_url: str, now: datetime) -> dict[str, str]:
    """`timestamp` is UTC and names no zone, as in the documentation's examples."""
    moment = now.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    if task.status == contract.COMPLETED:
        told = {"video_url": video_url}
    else:
        told = {"error": FAILURE_TEXT}
    return {"task_id": task.task_id, "status": task.status, **told, "timestamp": moment}


def deliver(
    url: str,
    payload: dict[str, str],
    *,
    timeout_seconds: float = contract.WEBHOOK_TIMEOUT_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """One try and, after 1, 2 and 4 seconds, three more; True once the receiver answers 200."""
    for delay_seconds in (0, *contract.WEBHOOK_RETRY_DELAYS_SECONDS):
        if delay_seconds:
            sleep(delay_seconds)
        if _post(url, payload, timeout_seconds):
            return True
    logger.warning("callback of task %s given up", payload["task_id"])
    return False


def _post(url: str, payload: dict[str, str], timeout_seconds: float) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                url, json=payload, timeout=timeout_seconds, allow_redirects=False, stream=True
            ) as response:
                return response.status_code == 200
        except (requests.RequestException, ValueError) as failure:
            logger.info("callback of task %s: %s", payload["task_id"], type(failure).__name__)
            return False
