"""The owner's receipt of what was agreed to for a video."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from generations.models import Generation


@require_safe
def receipt(request: SignedInRequest, generation_id: uuid.UUID) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    given = list(generation.consents.all())
    if not given:
        raise Http404  # ordered through the API, whose users ask for consent themselves
    return render(request, "consent_receipt.html", {"generation": generation, "consents": given})
