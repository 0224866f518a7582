"""The owner makes and revokes share links."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from generations import sharing
from generations.models import Generation, ShareLink
from generations.states import Status


@require_POST
def create_share_link(request: SignedInRequest, generation_id: str) -> HttpResponse:
    owned = Generation.objects.for_user(request.user).filter(status=Status.READY)
    generation = get_object_or_404(owned, pk=generation_id)
    printable = "".join(filter(str.isprintable, request.POST.get("name", "")))
    name = printable.strip()[:60] or _("Link")
    try:
        sharing.create_link(generation, name=name)
    except sharing.TooManyLinks:
        messages.error(
            request,
            _("This video has %(most)s open links. Revoke one before you make another.")
            % {"most": sharing.MOST_LINKS},
        )
    return redirect(generation)


@require_POST
def revoke_share_link(request: SignedInRequest, generation_id: str, link_id: int) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    link = get_object_or_404(ShareLink, generation=generation, pk=link_id)
    sharing.revoke_link(link)
    return redirect(generation)
