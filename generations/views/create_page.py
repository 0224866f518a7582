"""What the pages of all steps have: the step bar, the price, the draft."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts import ledger
from accounts.models import User
from accounts.requests import SignedInRequest
from generations.models import Draft
from generations.models.draft import STEPS


def render_step(
    request: SignedInRequest,
    draft: Draft,
    step: str,
    form: forms.Form,
    context: dict[str, Any],
) -> HttpResponse:
    steps = STEPS[draft.product]
    place = steps.index(step)
    coming = steps[place + 1] if place + 1 < len(steps) else step
    page = {
        "draft": draft,
        "form": form,
        "step_name": step,
        "steps": build_steps(draft, step),
        "step_number": place + 1,
        "back_url": draft.address_of(steps[place - 1]) if place else "",
        "next_words": _words_for("review" if draft.open_step == "review" else coming),
        **offer_of(request.user, draft.price),
        **context,
    }
    template = f"create/{step}.html"
    return render(request, template, page, status=422 if form.errors else 200)


def build_steps(draft: Draft, step: str) -> list[dict[str, Any]]:
    """The step bar, with the reader at `step`."""
    return [
        {
            "name": name,
            "label": _label(name),
            "url": draft.address_of(name),
            "is_current": name == step,
            "is_done": draft.is_done(name),
        }
        for name in STEPS[draft.product]
    ]


def offer_of(user: User, price: int) -> dict[str, int]:
    """The price, and what it leaves of the balance or lacks to it."""
    left_after = ledger.balance_of(user).available - price
    return {"price": price, "balance_after": max(0, left_after), "missing": max(0, -left_after)}


def _label(step: str) -> str:
    labels = {
        "photo": _("Photo"),
        "teams": _("Teams"),
        "clip": _("Clip"),
        "consent": _("Consent"),
        "review": _("Review"),
    }
    return labels[step]


def _words_for(next_step: str) -> str:
    words = {
        "teams": _("Next: teams"),
        "clip": _("Next: clip"),
        "consent": _("Next: consent"),
        "review": _("Next: review"),
    }
    return words[next_step]
