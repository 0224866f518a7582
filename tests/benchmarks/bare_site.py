"""Two views that do as little as there is to do: store an upload, answer nothing. What they take is
the price of Django with the portal's middleware, of the server and of the machine."""

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
@login_not_required
def store(request):
    photo = request.FILES["photo"]
    return JsonResponse({"name": default_storage.save("photo.jpg", photo)})


@csrf_exempt
@login_not_required
def nothing(request):
    # Else the server closes the connection where the body comes after the answer.
    assert request.body is not None
    return HttpResponse()


urlpatterns = [path("store", store), path("nothing", nothing)]
