"""The owner takes an order back while it waits in line."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from generations import lifecycle
from generations.errors import StaleTransition
from generations.models import Generation
from generations.states import Status


@require_POST
def cancel_video(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    try:
        lifecycle.cancel(generation)
    except StaleTransition:
        generation.refresh_from_db()
        if generation.status != Status.CANCELLED:
            messages.error(request, _("This video is being made already and cannot be cancelled."))
    return redirect(generation)
