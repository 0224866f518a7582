"""How many holds a second over many users, beside bare SQL that writes the same rows."""

import multiprocessing
import os
import random
import re
import statistics
import subprocess
import time
import uuid

import pytest
from django.db import connection

from accounts import ledger
from accounts.models import User
from tests.benchmarks.cluster import measure_in_a_cluster
from tests.cast import give
from tests.postgres_cluster import find_programs

pytestmark = pytest.mark.timeout(300)

PROCESSES = 4
SECONDS = 4
ROUNDS = 5
USERS = 500
# Of what pgbench does.
LEAST_A_SECOND, LEAST_SHARE = 300, 1 / 3

# What a hold writes, by a client that knows where everything is.
BARE = """\
\\set user random({first}, {last})
BEGIN;
INSERT INTO accounts_credittransaction
    (reference, kind, tenant_id, note, generation_id, created_at)
    VALUES ('bare:' || gen_random_uuid(), 'hold', {tenant}, 'bare', gen_random_uuid(), now())
    ON CONFLICT DO NOTHING RETURNING id AS posted \\gset
UPDATE accounts_creditaccount SET balance = balance - 1
    WHERE user_id = :user AND kind = 'wallet' AND balance >= 1
    RETURNING id AS wallet, balance AS left \\gset
UPDATE accounts_creditaccount SET balance = balance + 1
    WHERE user_id = :user AND kind = 'held' RETURNING id AS held, balance AS kept \\gset
INSERT INTO accounts_creditleg (transaction_id, account_id, amount, balance_after)
    VALUES (:posted, :wallet, -1, :left), (:posted, :held, 1, :kept);
INSERT INTO accounts_credithold
    (generation_id, user_id, amount, from_lots, from_pool, state, created_at)
    VALUES (gen_random_uuid(), :user, 1, 0, 0, 'open', now());
COMMIT;
"""


def test_holds_keep_up_with_bare_sql_on_postgresql():
    measure_in_a_cluster(__file__, told="holds, ")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="measured in a private cluster")
@pytest.mark.django_db(transaction=True)
def test_processes_hold_for_many_users(cast, tmp_path):
    users = build_users(cast.aurora)
    for user in users:
        give(user, 160)
        ledger.hold(user, 1, generation_id=uuid.uuid4())  # both accounts are there
    bare, ours = [], []
    for _ in range(ROUNDS):  # by turns, so that whatever else the machine does hits both
        bare.append(pgbench(tmp_path / "bare.sql", users))
        ours.append(hold_for(users))
    bare, ours = statistics.median(bare), statistics.median(ours)
    print(f"\nholds, {PROCESSES} clients, {USERS} users on PostgreSQL: {ours:.0f} a second")
    print(f"holds, bare SQL by pgbench, as many clients: {bare:.0f} a second")
    print(
        f"holds, ratio: {ours / bare:.2f} (targets: {LEAST_A_SECOND} a second, {LEAST_SHARE:.2f})"
    )
    assert ours >= LEAST_A_SECOND
    assert ours >= LEAST_SHARE * bare


def build_users(tenant):
    User.objects.bulk_create(
        User(tenant=tenant, email=f"fan-{number}@example.org") for number in range(USERS)
    )
    return list(User.objects.filter(email__startswith="fan-").select_related("tenant"))


def pgbench(script, users):
    ids = sorted(user.pk for user in users)
    assert ids == list(range(ids[0], ids[-1] + 1))
    script.write_text(BARE.format(first=ids[0], last=ids[-1], tenant=users[0].tenant_id))
    config = connection.settings_dict
    done = subprocess.run(
        [find_programs() / "pgbench", "-n", "-f", script, "-T", str(SECONDS),
         "-c", str(PROCESSES), "-j", str(PROCESSES), "-h", config["HOST"],
         "-p", str(config["PORT"]), "-U", config["USER"], config["NAME"]],
        capture_output=True, text=True, timeout=SECONDS + 60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return float(re.search(r"tps = ([0-9.]+)", done.stdout)[1])


def hold_for(users):
    """How often a second all processes together do it."""
    connection.close()  # it cannot be shared with a fork
    context = multiprocessing.get_context("fork")
    counts = context.Queue()
    children = [context.Process(target=repeat, args=[users, counts]) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    rate = sum(counts.get(timeout=SECONDS + 60) for _ in children) / SECONDS
    for child in children:
        child.join()
    counts.close()
    return rate


def repeat(users, counts):
    chance = random.Random(os.getpid())
    hold_once(chance.choice(users))
    done, ends = 0, time.monotonic() + SECONDS
    while time.monotonic() < ends:
        hold_once(chance.choice(users))
        done += 1
    connection.close()
    counts.put(done)


def hold_once(user):
    ledger.hold(user, 1, generation_id=uuid.uuid4(), note="Brazil – France")
