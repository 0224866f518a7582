"""What RQ runs. Each job takes an id, calls one function and may run any number of times."""

import uuid

from generations import dispatch as dispatching
from generations import preparation, retrieval, stories
from generations.outgoing import deliveries


def dispatch(generation_id: str) -> None:
    dispatching.submit(uuid.UUID(generation_id))


def fetch(generation_id: str) -> None:
    retrieval.follow_up(uuid.UUID(generation_id))


def prepare(generation_id: str) -> None:
    preparation.prepare(uuid.UUID(generation_id))


def story(generation_id: str) -> None:
    stories.make(uuid.UUID(generation_id))


def outbound(delivery_id: str) -> None:
    deliveries.send(uuid.UUID(delivery_id))
