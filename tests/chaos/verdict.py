"""What became of the orders of one run: nobody charged twice, nothing lost, nothing stuck."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from django.core.files.storage import storages

from accounts.models import CreditTransaction
from generations.models import Generation, SubmitAttempt
from generations.models.attempt import hash_callback_token
from generations.states import ACTIVE, Phase, Status


@dataclass
class Figures:
    runs: int = 0
    unreached: int = 0
    delivered: int = 0
    given_back: int = 0
    double_charges: int = 0
    lost: int = 0
    stuck: int = 0
    faults: list = field(default_factory=list)

    def add(self, other):
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_clean(self):
        return not (self.unreached or self.faults)


def judge(generation_ids, charges):
    """`charges` are the sandbox's: (callback token, credits) of each task."""
    figures = Figures(runs=1)
    owner = dict(SubmitAttempt.objects.values_list("token_hash", "generation_id"))
    tasks = Counter(owner.get(hash_callback_token(token)) for token, _ in charges)
    for pk in generation_ids:
        _judge_one(Generation.objects.get(pk=pk), tasks[pk], figures)
    return figures


def _judge_one(generation, tasks, figures):
    is_ready = generation.status == Status.READY
    losses = CreditTransaction.objects.filter(kind="loss", generation_id=generation.pk).count()
    if generation.status in ACTIVE:
        figures.stuck += 1
        _blame(figures, generation, "is stuck")
    elif tasks - is_ready > losses:
        figures.double_charges += 1
        _blame(figures, generation, f"was billed {tasks} times, {losses} booked as lost")
    elif is_ready and tasks == 0:
        _blame(figures, generation, "is ready, and LUMIQ made nothing")
    if is_ready:
        figures.delivered += 1
        _check_file(generation, figures)
    elif generation.status == Status.FAILED:
        figures.given_back += 1
        # Allowed only where nobody can know whether LUMIQ took it; and it had not.
        if tasks or generation.attempts.last().phase != Phase.UNCLEAR:
            figures.lost += 1
            _blame(figures, generation, f"is lost, though LUMIQ has {tasks} of it")


def _check_file(generation, figures):
    with storages["default"].open(generation.video.name) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    has_poster = storages["default"].size(generation.poster.name) > 0
    if digest != generation.video_sha256 or not has_poster:
        figures.lost += 1
        _blame(figures, generation, "is ready, but its file is broken")


def _blame(figures, generation, what):
    way = " → ".join(generation.events.values_list("to_status", flat=True))
    attempts = [attempt.phase for attempt in generation.attempts.all()]
    figures.faults.append(f"{generation.pk} {what} ({way}; attempts: {attempts})")
