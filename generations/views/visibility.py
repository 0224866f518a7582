"""The owner says who can see a video."""

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from generations import sharing
from generations.models import Generation


@require_POST
def set_visibility(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    wanted = request.POST.get("visibility", "")
    if wanted not in Generation.Visibility.values:
        return HttpResponseBadRequest("unknown visibility")
    sharing.set_visibility(generation, Generation.Visibility(wanted))
    return redirect(generation)
