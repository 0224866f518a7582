"""What became of the orders of one run: nobody charged twice, nothing lost, nothing stuck."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field

from django.core.files.storage import storages

from accounts import ledger
from generations.models import Generation, SubmitAttempt
from generations.models.attempt import hash_callback_token
from generations.states import ACTIVE, Status


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


def judge(generation_ids, tasks):
    """`tasks` are the sandbox's: (callback token, status) of each one that it charged."""
    figures = Figures(runs=1)
    owner = dict(
        SubmitAttempt.objects.filter(generation__in=generation_ids).values_list(
            "token_hash", "generation_id"
        )
    )
    made = defaultdict(list)
    for token, status in tasks:
        made[owner.get(hash_callback_token(token))].append(status)
    for pk in generation_ids:
        _judge_one(Generation.objects.get(pk=pk), made[pk], figures)
    return figures


def books_and_bill(charged):
    """What users and the platform have paid, as the ledger has it; what LUMIQ has charged."""
    return ledger.total_of("consumed") + ledger.total_of("upstream_suspense"), charged


def _judge_one(generation, made, figures):
    if len(made) > 1:
        figures.double_charges += 1
        _blame(figures, generation, f"was billed {len(made)} times")
    if generation.status in ACTIVE:
        figures.stuck += 1
        _blame(figures, generation, "is stuck")
    elif generation.status == Status.READY:
        figures.delivered += 1
        _check_file(generation, figures)
        if not made:
            _blame(figures, generation, "is ready, and LUMIQ made nothing")
    elif made == ["failed"]:
        figures.given_back += 1
    else:
        figures.lost += 1
        _blame(figures, generation, f"is lost, though LUMIQ has {made} of it")


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
