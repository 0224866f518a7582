"""What LUMIQ's figures prove, case by case."""

import pytest

from generations.evidence import Figures, Verdict, judge


@pytest.mark.parametrize(
    ("verdict", "figures"),
    [
        (Verdict.CLEAR, Figures(spent=0, explained=0, booked=0)),
        (Verdict.CLEAR, Figures(spent=270, explained=180, booked=90)),
        # LUMIQ gave a failed video back, which we have not heard of.
        (Verdict.CLEAR, Figures(spent=90, explained=180, booked=0, may_hide=90)),
        (Verdict.DRIFT, Figures(spent=90, explained=180, booked=0)),
        (Verdict.DRIFT, Figures(spent=90, explained=0, booked=0)),
        (Verdict.NONE_CHARGED, Figures(spent=90, explained=90, booked=0, unclear=[90])),
        (Verdict.NONE_CHARGED, Figures(spent=90, explained=90, booked=0, unclear=[90], fresh=[90])),
        (Verdict.ALL_CHARGED, Figures(spent=180, explained=90, booked=0, unclear=[90])),
        (Verdict.ALL_CHARGED, Figures(spent=360, explained=90, booked=0, unclear=[90, 180])),
        # Nobody has seen these figures move yet.
        (Verdict.OPEN, Figures(spent=0, explained=0, booked=0, unclear=[90])),
        # One of two, and nobody can say which.
        (Verdict.OPEN, Figures(spent=90, explained=0, booked=0, unclear=[90, 90])),
        # The fresh one may be what was charged.
        (Verdict.OPEN, Figures(spent=90, explained=0, booked=0, unclear=[90], fresh=[90])),
        # A charge and a refund that we have not heard of would look the same.
        (Verdict.OPEN, Figures(spent=90, explained=90, booked=0, unclear=[90], may_hide=90)),
        (Verdict.DRIFT, Figures(spent=0, explained=90, booked=0, unclear=[90])),
        (Verdict.DRIFT, Figures(spent=600, explained=0, booked=0, unclear=[90], fresh=[90])),
    ],
)
def test_verdict(verdict, figures):
    assert judge(figures) == verdict


def test_what_is_booked_already_is_not_counted_again():
    assert Figures(spent=500, explained=200, booked=300).left_over == 0
