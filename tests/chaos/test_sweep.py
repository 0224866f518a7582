"""Kills the portal's processes at every named point, and looks what became of the orders.

`make chaos` does it with 20 seeds a point and prints the figures; `make test` once with every
second point.
"""

import os
import random
import time

import pytest
from PIL import Image

from accounts import ledger
from generations.audit import audit_all
from generations.models import LumiqAccount
from tests.cast import SANDBOX_KEY, SUPPLY, build_upload
from tests.chaos import trap
from tests.chaos.points import BY_NAME, POINTS, Role
from tests.chaos.portal import QUEUES, Portal, running_nursery
from tests.chaos.verdict import Figures, books_and_bill, judge
from tests.fixtures.site import free_port
from tests.sandbox_server import running_sandbox

SEEDS = int(os.environ.get("CHAOS_SEEDS", "1"))
ONLY = os.environ.get("CHAOS_POINTS", "").split()
KILLS = ("horse", "parent", "group")
# How many are ordered at once, each as likely as the others.
ORDERS = (1, 1, 2, 3)
# Of beat, an hour apart. After the last kill one finds what waits or a dead worker's row, one sees
# by LUMIQ's figures what was not charged, one sends that again.
PASSES = 3
# Until the last kill: with a beat that is killed itself, and a loss that is booked late.
PASSES_TO_THE_KILL = 4
RENDERER = "tests.ten_second_renderer"


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_every_point_is_there(point):
    trap.find(point.function)
    assert _chain(point)[-1] is point


@pytest.mark.timeout(900 + 600 * SEEDS)  # against a hung test, however busy the machine
def test_a_process_killed_anywhere_costs_nothing_twice_and_loses_nothing(portal):
    sums = {}
    for number, point in _chosen_points():
        sums[point.name] = Figures()
        for seed in range(SEEDS):
            sums[point.name].add(_run(portal, point, number, seed))
        sums[point.name].faults += audit_all().problems
        if SEEDS > 1:
            print(_line(point.name, sums[point.name]), flush=True)
    total = Figures()
    for figures in sums.values():
        total.add(figures)
    print(_line("in all", total))
    assert [name for name, figures in sums.items() if figures.unreached] == []
    assert total.faults == []
    assert total.is_clean


def _chosen_points():
    numbered = list(enumerate(POINTS))
    if ONLY:
        return [(number, point) for number, point in numbered if point.name in ONLY]
    return numbered if SEEDS > 1 else numbered[::2]


def _run(portal, point, number_of_point, seed):
    chance = random.Random(f"{point.name} {seed}")
    kill = KILLS[(seed + number_of_point) % len(KILLS)] if SEEDS > 1 else "group"
    kill = kill if point.role in QUEUES else "horse"
    began_at = time.time()
    _prepare(portal, point, kill, seed, chance)
    # With one seed the sweep is to be quick.
    count = 1 if SEEDS == 1 or point.alone else chance.choice(ORDERS)
    orders = [portal.order() for _ in range(count)]
    was_reached = _wait_for_the_kill(portal, point, orders)
    _let_all_end(portal, orders)
    figures = judge(orders, portal.tasks(since=began_at))
    figures.unreached = int(not was_reached)
    _compare_books(portal, figures)
    figures.faults = [f"{point.name}, seed {seed}, {kill}: {fault}" for fault in figures.faults]
    return figures


def _prepare(portal, point, kill, seed, chance):
    portal.begin(with_workers=point.role != Role.BEAT or bool(point.follows))
    if point.held or (point.role == Role.DISPATCH and (seed // len(KILLS)) % 2 == 0):
        portal.hold_callbacks()
    portal.let_lumiq(point.scenario)
    *before, last = _chain(point)
    portal.arm([*[_to_kill(one, "horse", chance) for one in before], _to_kill(last, kill, chance)])


def _chain(point):
    """The kills that lead to it, and its own."""
    return [*(_chain(BY_NAME[point.follows]) if point.follows else []), point]


def _to_kill(point, kill, chance):
    kill = "refusal" if point.is_refusal else kill
    return {"point": point.name, "call": chance.randint(1, point.calls), "kill": kill}


def _wait_for_the_kill(portal, point, orders):
    """What only a beat comes to, comes with one of its next passes."""
    if point.role == Role.BEAT and not point.follows:
        portal.pass_of_beat()
    for number in range(PASSES_TO_THE_KILL):
        if portal.wait_for_the_kill():
            return True
        if number and number == point.held:
            portal.let_callbacks_in()
            if portal.wait_for_the_kill():
                return True
        if number == 1 and point.another:
            # What the beat has just found unclear may be judged by then.
            portal.let_an_hour_go_by()
            orders.append(portal.order())
            if portal.wait_for_the_kill():
                return True
        portal.pass_of_beat()
    return portal.wait_for_the_kill()


def _let_all_end(portal, orders):
    portal.settle(orders)
    for number in range(PASSES):
        # Something may wait for a pass to do harm; with one seed the sweep is to be quick.
        if (number == 0 and SEEDS > 1) or not portal.has_delivered(orders):
            portal.pass_of_beat()
            portal.settle(orders)
            portal.let_callbacks_in()
            portal.settle(orders)


def _compare_books(portal, figures):
    """The ledger agrees with LUMIQ once its figures were read, which takes a pass at most."""
    ours, theirs = books_and_bill(portal.charged())
    if ours != theirs:
        portal.pass_of_beat()
        portal.settle([])
        ours, theirs = books_and_bill(portal.charged())
    if ours != theirs:
        figures.faults.append(f"LUMIQ charged {theirs} in all, the ledger knows of {ours}")


def _line(name, figures):
    return (
        f"{name:22} {figures.runs:4} runs  {figures.delivered:4} delivered"
        f"  {figures.given_back:3} given back  {figures.double_charges} double charges"
        f"  {figures.lost} lost  {figures.stuck} stuck"
        + (f"  {figures.unreached} NOT REACHED" if figures.unreached else "")
    )


@pytest.fixture
def portal(cast, portal_environment, redis, tmp_path):
    ledger.allocate_to_tenant(cast.aurora, SUPPLY - 2 * 90_000, reference="all there is")
    photo = build_upload(cast.alice, data=_noise(tmp_path))
    keys, folder = {SANDBOX_KEY: SUPPLY}, tmp_path / "sandbox"
    with running_sandbox(
        folder, keys=keys, requests_per_minute=100_000, renderer=RENDERER
    ) as sandbox:
        environment = {
            **portal_environment,
            "CHAOS_FOLDER": str(tmp_path),
            "LUMIQ_BASE_URL": sandbox.base_url,
            "LUMIQ_REQUESTS_PER_MINUTE": "100000",
            "PORT": str(free_port()),
        }
        with running_nursery(environment, tmp_path / "nursery.log") as nursery:
            database = folder / "sandbox.sqlite3"
            portal = Portal(nursery, tmp_path, sandbox, database, photo, cast.alice)
            try:
                _get_to_know_lumiq(portal)
                yield portal
            finally:
                portal.end()


def _get_to_know_lumiq(portal):
    """From one delivered and one failed video the portal learns that LUMIQ's figures move, and that
    it gives nothing back: only then they prove anything."""
    portal.begin(with_workers=True)
    for scenario in ("", "failing"):
        portal.let_lumiq(scenario)
        portal.settle([portal.order()])
    portal.pass_of_beat()
    account = LumiqAccount.objects.get()
    assert account.spent_credits == portal.charged()
    assert account.refunds_failed is False


def _noise(folder):
    """A photo that goes out in several blocks."""
    path = folder / "noise.jpg"
    Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(480_000)).save(path, quality=95)
    return path.read_bytes()
