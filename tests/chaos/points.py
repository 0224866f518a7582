"""Where a process of the portal is killed: plain data, one line a point.

`function` is the dotted path of what the portal calls, in the module that it is looked up in. A
path that does not exist stops the sweep at its start: after a renaming, correct it here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The process that is killed; points elsewhere on the same function do not count."""

    DISPATCH = "dispatch"
    FETCH = "fetch"
    WEB = "web"
    BEAT = "beat"


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    # Of a context manager: once it is entered, and once it is left.
    INSIDE = "inside"
    LEFT = "left"


@dataclass(frozen=True)
class Point:
    name: str
    role: Role
    when: When
    function: str
    meaning: str
    # The kill comes at one of the first so many calls in the process, whichever the seed says.
    calls: int = 1
    # Where another process was killed before: only then this point is passed.
    follows: str = ""


_SUBMISSIONS = "generations.submissions"
_CLIENT = "generations.lumiq.client"

POINTS = (
    Point("dispatch-begins", Role.DISPATCH, When.BEFORE, "generations.dispatch.submit_next",
          "the job has been taken from Redis, nothing has been done"),
    Point("turn-chosen", Role.DISPATCH, When.AFTER, "generations.dispatch._whose_turn",
          "whose turn it is has been chosen, not claimed"),
    Point("submit-budget-before", Role.DISPATCH, When.BEFORE, "generations.budget.spend",
          "about to take a request out of the budget"),
    Point("submit-budget-after", Role.DISPATCH, When.AFTER, "generations.budget.spend",
          "the budget has paid for a request that is never made"),
    Point("claim-before", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}.start",
          "about to claim the row"),
    Point("claim-half", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.move",
          "the claim is written, its transaction open: no attempt yet"),
    Point("claim-after", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.start",
          "the row is claimed, the attempt made, nothing sent"),
    Point("photo-opened", Role.DISPATCH, When.AFTER, "generations.uploads.as_file_part",
          "the file to send has been found"),
    Point("send-before", Role.DISPATCH, When.BEFORE, f"{_CLIENT}.LumiqClient._post",
          "about to connect to LUMIQ"),
    Point("upload-middle", Role.DISPATCH, When.BEFORE,
          "generations.lumiq.multipart.MultipartBody.read",
          "LUMIQ has some of the body", calls=8),
    Point("commit-before", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}.commit",
          "LUMIQ has all but the tail, the point of no return is not written"),
    Point("commit-after", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.commit",
          "the point of no return is written, the tail has not left"),
    Point("tail-sent", Role.DISPATCH, When.BEFORE, "urllib3.connection.HTTPConnection.getresponse",
          "LUMIQ has all of it, its answer has not come"),
    Point("answer-begins", Role.DISPATCH, When.BEFORE, f"{_CLIENT}.read_answer",
          "the answer's head has come, its body has not been read"),
    Point("answer-read", Role.DISPATCH, When.AFTER, f"{_CLIENT}.LumiqClient._post",
          "the answer has been read, nothing of it recorded"),
    Point("submitted-before", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}.mark_submitted",
          "the task is known, and only to this process"),
    Point("submitted-half", Role.DISPATCH, When.BEFORE, "generations.keys.record_remaining",
          "the task is written, its transaction open"),
    Point("submitted-after", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.mark_submitted",
          "the task is recorded, the job has not ended"),
    Point("dispatch-ends", Role.DISPATCH, When.AFTER, "generations.dispatch.submit_next",
          "all is done, RQ has not been told"),
    Point("fetch-begins", Role.FETCH, When.BEFORE, "generations.retrieval.follow_up",
          "the job has been taken from Redis, nothing has been done"),
    Point("fetch-claimed", Role.FETCH, When.AFTER, "generations.lifecycle.claim",
          "the row is claimed, LUMIQ has not been asked"),
    Point("fetch-budget-after", Role.FETCH, When.AFTER, "generations.budget.spend",
          "the budget has paid for a download that is never made"),
    Point("download-opened", Role.FETCH, When.INSIDE, f"{_CLIENT}.LumiqClient.open_download",
          "the download has been answered, the row does not know"),
    Point("retrieving-after", Role.FETCH, When.AFTER, "generations.lifecycle.start_retrieval",
          "the row is retrieving, no byte of the file has been read"),
    Point("download-middle", Role.FETCH, When.BEFORE, "urllib3.response.HTTPResponse.read1",
          "some of the file is on the disk", calls=2),
    Point("download-ends", Role.FETCH, When.LEFT, f"{_CLIENT}.LumiqClient.open_download",
          "all of the file is on the disk, nothing has been checked"),
    Point("inspected", Role.FETCH, When.AFTER, "generations.videos.inspect",
          "the file has been found whole"),
    Point("remuxed", Role.FETCH, When.AFTER, "generations.videos.make_faststart",
          "the index has been put in front"),
    Point("poster-drawn", Role.FETCH, When.AFTER, "generations.videos.draw_poster",
          "the poster is drawn, nothing stored"),
    Point("store-torn", Role.FETCH, When.BEFORE, "django.core.files.locks.lock",
          "the storage has an empty file of the right name", calls=2),
    Point("stored", Role.FETCH, When.AFTER, "generations.storing.store",
          "the video is stored, or the poster too; the row does not know", calls=2),
    Point("complete-before", Role.FETCH, When.BEFORE, "generations.lifecycle.complete",
          "all is stored, nothing charged"),
    Point("capture-before", Role.FETCH, When.BEFORE, "accounts.ledger.capture",
          "the row says ready, the credits are held, the transaction is open"),
    Point("capture-after", Role.FETCH, When.AFTER, "accounts.ledger.capture",
          "the credits are captured, the transaction is open"),
    Point("complete-after", Role.FETCH, When.AFTER, "generations.lifecycle.complete",
          "delivered and charged, the job has not ended"),
    Point("fetch-ends", Role.FETCH, When.AFTER, "generations.retrieval.follow_up",
          "all is done, RQ has not been told"),
    Point("callback-before", Role.WEB, When.BEFORE, "generations.webhooks.receive",
          "LUMIQ calls back, nothing is stored"),
    Point("callback-stored", Role.WEB, When.BEFORE, "generations.kicks.kick_fetch",
          "the callback is stored, nobody has been woken"),
    Point("callback-kicked", Role.WEB, When.AFTER, "generations.kicks.enqueue",
          "the fetch has been woken, LUMIQ has not been answered"),
    Point("beat-begins", Role.BEAT, When.BEFORE, "generations.beat.run_pass",
          "an order waits without a kick, the beat dies before its pass"),
    Point("beat-kick-before", Role.BEAT, When.BEFORE, "generations.kicks.enqueue",
          "the beat has found what waits, and woken nobody"),
    Point("beat-kick-after", Role.BEAT, When.AFTER, "generations.kicks.enqueue",
          "the beat has woken one worker and no other"),
    Point("recover-before", Role.BEAT, When.BEFORE, f"{_SUBMISSIONS}.recover",
          "the beat has found a dead worker's row", follows="claim-after"),
    Point("requeue-half", Role.BEAT, When.BEFORE, f"{_SUBMISSIONS}._close_attempt",
          "the row is back in line, its transaction open", follows="upload-middle"),
    Point("recover-after", Role.BEAT, When.AFTER, f"{_SUBMISSIONS}.recover",
          "the row is unconfirmed, no worker woken", follows="commit-after"),
    Point("give-up-half", Role.BEAT, When.BEFORE, "accounts.ledger.book_loss",
          "the credits are given back, the loss is not booked, the transaction open",
          follows="commit-after"),
    Point("give-up-after", Role.BEAT, When.AFTER, "generations.lifecycle.fail",
          "nobody will know whether it was made: given up", follows="commit-after"),
    Point("adopt-before", Role.FETCH, When.BEFORE, f"{_SUBMISSIONS}.adopt",
          "LUMIQ has confirmed a lost task as ours", follows="answer-read"),
    Point("adopt-after", Role.FETCH, When.AFTER, f"{_SUBMISSIONS}.adopt",
          "the lost task is ours, nobody copies it yet", follows="submitted-before"),
)  # fmt: skip

BY_NAME = {point.name: point for point in POINTS}
