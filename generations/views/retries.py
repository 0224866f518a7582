"""The owner orders a failed video again, with the same files."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.errors import InsufficientCredits
from accounts.requests import SignedInRequest
from generations import retries
from generations.errors import SupplyExhausted
from generations.models import Generation
from generations.retries import CannotRetry


@require_POST
def retry_video(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    try:
        return redirect(retries.retry(generation))
    except CannotRetry:
        messages.error(request, _("This video cannot be ordered again. Nothing was charged."))
    except InsufficientCredits as error:
        missing = error.needed - error.available
        words = ngettext(
            "You need %(n)s more credit for this video. Nothing was charged, your photo is kept.",
            "You need %(n)s more credits for this video. Nothing was charged, your photo is kept.",
            missing,
        )
        messages.error(request, words % {"n": missing})
    except SupplyExhausted:
        messages.error(
            request,
            _(
                "We cannot take new orders just now. Nothing was charged, and your photo is kept: "
                "try again in a few minutes."
            ),
        )
    return redirect(generation)
