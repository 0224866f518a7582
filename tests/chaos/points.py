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
    # The database refuses what is asked of it there, once, instead of the kill.
    is_refusal: bool = False
    # What LUMIQ does with the first order (docs/sandbox.md).
    scenario: str = ""
    # For so many passes of beat no callback gets through.
    held: int = 0
    # Another order comes after the first pass of beat.
    another: bool = False
    # Where a second order would do by the way what this point waits for.
    alone: bool = False


_SUBMISSIONS = "generations.submissions"
_BOOKS = "generations.reconciliation"
_CLIENT = "generations.lumiq.client"
_ASKING = "generations.retrieval._asking"
TILL_THE_KILL = 99

_SENDING = (
    Point("dispatch-begins", Role.DISPATCH, When.BEFORE, "generations.dispatch.submit_next",
          "the job has been taken from Redis, nothing has been done"),
    Point("turn-chosen", Role.DISPATCH, When.AFTER, "generations.line.choose_next",
          "whose turn it is has been chosen, nothing claimed"),
    Point("submit-budget-before", Role.DISPATCH, When.BEFORE, "generations.budget.take",
          "about to take a place in the budget"),
    Point("submit-budget-after", Role.DISPATCH, When.AFTER, "generations.budget.take",
          "a place is taken for a request that is never made"),
    Point("turn-taken", Role.DISPATCH, When.AFTER, "generations.dispatch._take_turn",
          "turn, key and place are found, the row is not claimed"),
    Point("claim-half", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.move",
          "the claim is written, its transaction open: no turn charged, no attempt"),
    Point("turn-charged", Role.DISPATCH, When.AFTER, "generations.line.charge",
          "the portal has had its turn, the transaction is open: no attempt yet"),
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
    Point("record-before", Role.DISPATCH, When.BEFORE, "generations.dispatch._record",
          "the task is known, and only to this process"),
    Point("submitted-half", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}._book_price_difference",
          "the task is written, its transaction open"),
    Point("submitted-after", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.mark_submitted",
          "the task is recorded, the account's balance is the old one"),
    Point("remaining-after", Role.DISPATCH, When.AFTER, "generations.keys.record_remaining",
          "the balance is recorded, the key's breaker has not heard of the answer"),
    Point("look-before", Role.DISPATCH, When.BEFORE, f"{_BOOKS}.look_at_answer",
          "all is recorded, the answer has not been taken for a look at the account"),
    Point("look-half", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}._back_into_line",
          "the answer proves that an earlier send was not charged: its attempt is closed, the "
          "transaction open", follows="commit-after", another=True),
    Point("look-after", Role.DISPATCH, When.AFTER, f"{_BOOKS}.look_at_answer",
          "the earlier send is back in line, its own job has not ended",
          follows="commit-after", another=True),
    Point("place-kept", Role.DISPATCH, When.BEFORE, "generations.budget.Place.answered",
          "all is done but to give the place in the budget back"),
    Point("dispatch-ends", Role.DISPATCH, When.AFTER, "generations.dispatch.submit_next",
          "all is done, RQ has not been told"),
)  # fmt: skip

_REFUSED = (
    Point("database-away", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}.mark_submitted",
          "the database does not take LUMIQ's answer, the spool does", is_refusal=True),
    Point("spool-before", Role.DISPATCH, When.BEFORE, "generations.spool.keep",
          "the database did not take the answer, and it is not on the disk",
          follows="database-away"),
    Point("spool-half", Role.DISPATCH, When.AFTER, "os.fsync",
          "the answer is on the disk, under a name that does not count, or under its own", calls=2,
          follows="database-away"),
    Point("spool-after", Role.DISPATCH, When.AFTER, "generations.spool.keep",
          "the answer waits on the disk", follows="database-away"),
    Point("drain-before", Role.BEAT, When.BEFORE, "generations.spool._record",
          "the beat has found an answer on the disk", follows="database-away", alone=True),
    Point("drain-after", Role.BEAT, When.AFTER, "generations.spool._record",
          "what lay on the disk is recorded, and still lies there", follows="database-away",
          alone=True),
)  # fmt: skip

_TROUBLE = (
    Point("unclear-before", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}.mark_unconfirmed",
          "LUMIQ took it and broke off, nothing of that is written", scenario="reset-after"),
    Point("unclear-half", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}._close_attempt",
          "the row is unconfirmed, its transaction open", scenario="accepted-error"),
    Point("unclear-after", Role.DISPATCH, When.AFTER, f"{_SUBMISSIONS}.mark_unconfirmed",
          "LUMIQ answered 500 and did nothing: unconfirmed, the key's breaker does not know",
          scenario="internal-error"),
    Point("claimed-half", Role.DISPATCH, When.BEFORE, "generations.kicks.kick_fetch",
          "a broken answer has named a task, the transaction is open",
          scenario="truncated-after-task-id"),
    Point("claimed-after", Role.DISPATCH, When.AFTER, "generations.kicks.enqueue",
          "a fetch was woken to ask LUMIQ about the named task",
          scenario="truncated-after-task-id", held=1),
    Point("named-adopt-half", Role.FETCH, When.BEFORE, f"{_SUBMISSIONS}._book_price_difference",
          "the task that a broken answer named is ours, its transaction open",
          scenario="truncated-after-task-id", held=1),
    Point("price-half", Role.DISPATCH, When.BEFORE, "generations.alerts.open",
          "another price is booked, nobody has been told, the transaction is open",
          scenario="price-drift"),
    Point("refused-open", Role.DISPATCH, When.BEFORE, "generations.alerts.open",
          "LUMIQ refuses the key: its breaker is open, nobody has been told",
          scenario="revoked-key"),
    Point("refused-told", Role.DISPATCH, When.AFTER, "generations.alerts.open",
          "the operators have been told, the video is not back in line", scenario="revoked-key"),
    Point("refused-half", Role.DISPATCH, When.BEFORE, f"{_SUBMISSIONS}._close_attempt",
          "the video is back in line, its attempt open, the transaction too",
          scenario="revoked-key"),
    Point("dry-half", Role.DISPATCH, When.BEFORE, "generations.breakers._open",
          "the account counts as poor, the key's breaker does not know",
          scenario="out-of-credits"),
    Point("resting", Role.DISPATCH, When.AFTER, "generations.budget.rest",
          "the key rests, the video is not back in line", scenario="rate-limited"),
    Point("failed-half", Role.FETCH, When.BEFORE, "accounts.ledger.book_loss",
          "LUMIQ could not make it: the credits are given back, no loss booked, the transaction "
          "open", scenario="failing"),
    Point("failed-after", Role.FETCH, When.AFTER, "generations.lifecycle.fail",
          "LUMIQ could not make it, the job has not ended", scenario="failing"),
)  # fmt: skip

_FETCHING = (
    Point("fetch-begins", Role.FETCH, When.BEFORE, "generations.retrieval.follow_up",
          "the job has been taken from Redis, nothing has been done"),
    Point("fetch-claimed", Role.FETCH, When.AFTER, "generations.lifecycle.claim",
          "the row is claimed, LUMIQ has not been asked"),
    Point("fetch-budget-after", Role.FETCH, When.INSIDE, _ASKING,
          "a place is taken for a download that is never made"),
    Point("poll-answered", Role.FETCH, When.LEFT, _ASKING,
          "no callback came, LUMIQ was asked and says that it is finished", held=TILL_THE_KILL),
    Point("download-opened", Role.FETCH, When.INSIDE, f"{_CLIENT}.LumiqClient.open_download",
          "the download has been answered, the row does not know"),
    Point("retrieving-half", Role.FETCH, When.AFTER, "generations.lifecycle.move",
          "the row is retrieving, its transaction open"),
    Point("retrieving-after", Role.FETCH, When.AFTER, "generations.lifecycle.start_retrieval",
          "the row is retrieving, no byte of the file has been read"),
    Point("download-middle", Role.FETCH, When.BEFORE, "urllib3.response.HTTPResponse.read1",
          "some of the file is on the disk", calls=2),
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
    Point("download-ends", Role.FETCH, When.LEFT, f"{_CLIENT}.LumiqClient.open_download",
          "all is stored, the connection is closed"),
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
    Point("adopt-before", Role.FETCH, When.BEFORE, f"{_SUBMISSIONS}.adopt",
          "LUMIQ has confirmed a lost task as ours", follows="answer-read"),
    Point("adopt-half", Role.FETCH, When.BEFORE, f"{_SUBMISSIONS}._book_price_difference",
          "the lost task is ours, its transaction open", follows="record-before"),
    Point("adopt-after", Role.FETCH, When.AFTER, f"{_SUBMISSIONS}.adopt",
          "the lost task is ours, nobody copies it yet", follows="record-before"),
    Point("late-adopt-half", Role.FETCH, When.AFTER, "accounts.ledger.book_loss",
          "given up, and it comes after all: the loss is booked, the transaction open",
          follows="answer-read", held=2),
    Point("late-adopt-after", Role.FETCH, When.AFTER, f"{_SUBMISSIONS}.adopt",
          "the same after the books were closed: its price is booked twice for now",
          follows="answer-read", held=3),
    Point("late-capture", Role.FETCH, When.BEFORE, "generations.lifecycle.complete",
          "given up, come after all, copied, not delivered", follows="answer-read", held=2),
)  # fmt: skip

_BEATING = (
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
    Point("unconfirmed-half", Role.BEAT, When.BEFORE, f"{_SUBMISSIONS}._close_attempt",
          "the row is unconfirmed, its attempt not closed, the transaction open",
          follows="commit-after"),
    Point("recover-after", Role.BEAT, When.AFTER, f"{_SUBMISSIONS}.recover",
          "the row is unconfirmed, no worker woken", follows="commit-after"),
    Point("account-asked", Role.BEAT, When.BEFORE, "generations.budget.take",
          "about to ask LUMIQ what an unclear send has cost", follows="recover-after"),
    Point("account-told", Role.BEAT, When.AFTER, f"{_CLIENT}.LumiqClient.fetch_account",
          "LUMIQ has told its figures, nothing is recorded", follows="recover-after"),
    Point("account-half", Role.BEAT, When.BEFORE, "accounts.ledger.record_supply",
          "the account has the figures, the ledger has not, the transaction is open",
          follows="recover-after"),
    Point("account-read", Role.BEAT, When.AFTER, f"{_BOOKS}._update_account",
          "the figures are recorded, nothing follows from them", follows="recover-after"),
    Point("account-judged", Role.BEAT, When.AFTER, f"{_BOOKS}._remember",
          "the figures are judged and kept, nothing follows from them", follows="recover-after"),
    Point("not-charged-before", Role.BEAT, When.BEFORE, f"{_SUBMISSIONS}.mark_not_charged",
          "proven not to be charged, nothing written", follows="commit-after"),
    Point("not-charged-half", Role.BEAT, When.BEFORE, f"{_SUBMISSIONS}._back_into_line",
          "the attempt is closed, the row not back in line, the transaction open",
          follows="commit-after"),
    Point("not-charged-after", Role.BEAT, When.AFTER, f"{_SUBMISSIONS}.mark_not_charged",
          "back in line, the books not closed", follows="commit-after"),
    Point("review-after", Role.BEAT, When.AFTER, f"{_BOOKS}.review",
          "the books are closed, no worker woken", follows="recover-after"),
    Point("give-up-before", Role.BEAT, When.BEFORE, "generations.lifecycle.give_up_unconfirmed",
          "LUMIQ has made and charged it, its callback is lost, the deadline is over",
          follows="answer-read", held=TILL_THE_KILL),
    Point("give-up-half", Role.BEAT, When.BEFORE, "accounts.ledger.release",
          "the row has failed, the credits are held, the transaction is open",
          follows="answer-read", held=TILL_THE_KILL),
    Point("give-up-after", Role.BEAT, When.AFTER, "generations.lifecycle.give_up_unconfirmed",
          "the credits are given back, no loss booked", follows="answer-read",
          held=TILL_THE_KILL),
    Point("settle-half", Role.BEAT, When.AFTER, "accounts.ledger.book_loss",
          "the loss is posted, the account does not know, the transaction is open",
          follows="answer-read", held=TILL_THE_KILL),
    Point("settle-learnt", Role.BEAT, When.AFTER, f"{_BOOKS}._learn_refunds",
          "the same a little later", follows="give-up-after", held=TILL_THE_KILL),
    Point("settle-after", Role.BEAT, When.AFTER, f"{_BOOKS}._settle",
          "the books are closed", follows="give-up-after", held=TILL_THE_KILL),
)  # fmt: skip

POINTS = (*_SENDING, *_REFUSED, *_TROUBLE, *_FETCHING, *_BEATING)
BY_NAME = {point.name: point for point in POINTS}
