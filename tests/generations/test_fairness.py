"""The arithmetic of the line: turns, rounds, and how many go before."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.fairness import (
    MOST_WEIGHT,
    SCALE,
    Standing,
    count_ahead,
    next_round,
    take_turn,
)

standings = st.lists(
    st.builds(
        Standing,
        tenant_id=st.integers(1, 50),
        position=st.integers(0, 3 * SCALE) | st.integers(0, 3).map(lambda turns: turns * SCALE),
        weight=st.integers(1, 7) | st.just(MOST_WEIGHT),
        waiting=st.integers(0, 12),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda standing: standing.tenant_id,
)


def test_a_turn_moves_a_portal_by_the_scale_over_its_weight():
    turn = take_turn(5 * SCALE, present=5 * SCALE, weight=3)
    assert (turn.began, turn.next_position) == (5 * SCALE, 5 * SCALE + SCALE // 3)


def test_who_was_away_goes_on_at_the_present():
    turn = take_turn(0, present=90 * SCALE, weight=1)
    assert (turn.began, turn.next_position) == (90 * SCALE, 91 * SCALE)


@pytest.mark.parametrize(
    ("chosen_round", "own_round", "expected"), [(0, 0, 1), (57, 0, 58), (57, 1000, 1001)]
)
def test_a_video_goes_after_the_present_round_and_after_its_users_own(
    chosen_round, own_round, expected
):
    assert next_round(chosen_round=chosen_round, own_round=own_round) == expected


def test_a_thousand_of_one_portal_do_not_delay_five_of_another():
    many = Standing(tenant_id=1, position=100 * SCALE, weight=1, waiting=1000)
    few = Standing(tenant_id=2, position=0, weight=1, waiting=5)
    chosen = simulate([many, few], present=99 * SCALE)
    assert chosen[:10].count(2) == 5
    assert chosen[:2] != [2, 2] or chosen[2] == 1, "being away earns no burst"


@pytest.mark.parametrize("weight", [2, 3, 16, 100])
def test_a_portal_gets_its_weight_in_each_round(weight):
    heavy = Standing(tenant_id=1, position=0, weight=weight, waiting=20 * weight)
    light = Standing(tenant_id=2, position=0, weight=1, waiting=20)
    chosen = simulate([heavy, light], present=0)
    for rounds in range(1, 20):
        assert abs(chosen[: rounds * (weight + 1)].count(2) - rounds) <= 1


@given(standings, st.integers(0, 3 * SCALE))
def test_no_portal_with_videos_waits_longer_than_a_round(rows, present):
    """Between two turns of one, every other has at most its weight of turns, and one on the way."""
    chosen = simulate(rows, present=present)
    for row in rows:
        turns = [index for index, tenant_id in enumerate(chosen) if tenant_id == row.tenant_id]
        for earlier, later in itertools.pairwise(turns):
            between = chosen[earlier + 1 : later]
            for other in rows:
                assert between.count(other.tenant_id) <= -(-other.weight // row.weight) + 1


@given(standings, st.integers(0, 3 * SCALE), st.data())
def test_the_count_of_those_ahead_is_what_choosing_then_does(rows, present, data):
    waiting = [row for row in rows if row.waiting]
    if not waiting:
        return
    mine = data.draw(st.sampled_from(waiting))
    place = data.draw(st.integers(1, mine.waiting))
    others = [row for row in rows if row is not mine]
    chosen = simulate(rows, present=present)
    turns = [index for index, tenant_id in enumerate(chosen) if tenant_id == mine.tenant_id]
    ahead_of_others = turns[place - 1] - (place - 1)
    assert count_ahead(mine, place, others, present=present) == ahead_of_others


def simulate(rows, *, present):
    """The portals' ids in the order in which generations.line chooses and charges."""
    rows = {row.tenant_id: row for row in rows}
    chosen = []
    while waiting := [row for row in rows.values() if row.waiting]:
        row = min(waiting, key=lambda row: (row.position, row.tenant_id))
        turn = take_turn(row.position, present=present, weight=row.weight)
        present = max(present, turn.began)
        rows[row.tenant_id] = replace(row, position=turn.next_position, waiting=row.waiting - 1)
        chosen.append(row.tenant_id)
    return chosen
