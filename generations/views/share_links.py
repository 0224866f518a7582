"""The owner makes, edits and revokes share links, and says which sites may show the video."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from generations import embeds, sharing
from generations.models import Generation, ShareLink
from generations.share_link_forms import EmbedForm, ShareLinkForm
from generations.states import Status

Visibility = Generation.Visibility


@require_http_methods(["GET", "HEAD", "POST"])
def create_share_link(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = _owned(request, generation_id)
    form = ShareLinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show_form(request, generation, form)
    try:
        sharing.create_link(generation, **form.terms)
    except sharing.TooManyLinks:
        messages.error(
            request,
            _("This video has %(most)s open links. Revoke one before you make another.")
            % {"most": sharing.MOST_LINKS},
        )
    return redirect(generation)


@require_http_methods(["GET", "HEAD", "POST"])
def share_link(request: SignedInRequest, generation_id: str, link_id: int) -> HttpResponse:
    generation = _owned(request, generation_id)
    link = get_object_or_404(ShareLink.objects.live(), generation=generation, pk=link_id)
    form = ShareLinkForm(request.POST if request.method == "POST" else None, link=link)
    if not form.is_valid():
        return _show_form(request, generation, form)
    try:
        sharing.edit_link(link, **form.terms)
    except sharing.TooManyViews:
        link.refresh_from_db()
        told = _("It has %(views)s views already: choose at least as many, or none.")
        form.add_error("max_views", told % {"views": link.views})
        return _show_form(request, generation, form)
    except sharing.LinkIsRevoked:
        messages.error(request, _("This link was revoked meanwhile. Make a new one."))
    return redirect(generation)


@require_POST
def revoke_share_link(request: SignedInRequest, generation_id: str, link_id: int) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    link = get_object_or_404(ShareLink, generation=generation, pk=link_id)
    sharing.revoke_link(link)
    return redirect(generation)


@require_http_methods(["GET", "HEAD", "POST"])
def embedding(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = _owned(request, generation_id)
    form = EmbedForm(
        request.POST if request.method == "POST" else None,
        initial={
            "embedding": generation.embedding,
            "embed_domains": generation.embed_domains,
        },
    )
    if not form.is_valid():
        context = {"generation": generation, "form": form, "code": _code(request, generation)}
        return render(request, "embedding.html", context, status=422 if form.is_bound else 200)
    Generation.objects.filter(pk=generation.pk).update(**form.cleaned_data)
    messages.success(request, _("Saved. The other sites follow at once."))
    return redirect(generation)


def _code(request: SignedInRequest, generation: Generation) -> str:
    """For the page of another site; "" where it would show nothing."""
    link = generation.share_links.open_to_all().first()
    may_be_seen = generation.visibility in (Visibility.LINK, Visibility.PUBLIC)
    if link is None or not may_be_seen or not embeds.frame_ancestors(generation):
        return ""
    src = request.build_absolute_uri(embeds.path_of(link.code))
    size = embeds.fit(generation, most_width=None, most_height=None)
    return embeds.build_html(src, generation.title, size)


def _owned(request: SignedInRequest, generation_id: str) -> Generation:
    ready = Generation.objects.for_user(request.user).filter(status=Status.READY)
    return get_object_or_404(ready, pk=generation_id)


def _show_form(
    request: SignedInRequest, generation: Generation, form: ShareLinkForm
) -> HttpResponse:
    context = {"generation": generation, "link": form.link, "form": form}
    return render(request, "share_link.html", context, status=422 if form.is_bound else 200)
