"""The owner names a video, and writes down what is said in it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from generations.forms import CaptionForm
from generations.models import Generation
from generations.states import Status
from generations.views.videos import render_video


@require_POST
def set_caption(request: SignedInRequest, generation_id: str) -> HttpResponse:
    owned = Generation.objects.for_user(request.user).filter(status=Status.READY)
    generation = get_object_or_404(owned, pk=generation_id)
    form = CaptionForm(request.POST, video=generation)
    if not form.is_valid():
        return render_video(request, generation, caption_form=form)
    owned.filter(pk=generation.pk).update(**form.cleaned_data)
    if "spoken_words" in form.changed_data:
        messages.success(request, _("Captions saved."))
    else:
        is_named = bool(form.cleaned_data["caption"])
        messages.success(request, _("Name saved.") if is_named else _("Name removed."))
    return redirect(generation)
