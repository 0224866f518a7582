"""Django without a portal, to measure the portal beside: a view that only stores an upload, and
one that answers nothing."""

import os

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    SECRET_KEY="of a benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MEDIA_ROOT=os.environ["BARE_MEDIA_ROOT"],
    FILE_UPLOAD_MAX_MEMORY_SIZE=1024 * 1024,
    INSTALLED_APPS=[],
    USE_TZ=True,
)


@csrf_exempt
def store(request):
    photo = request.FILES["photo"]
    return JsonResponse({"name": default_storage.save("photo.jpg", photo)})


@csrf_exempt
def nothing(request):
    return HttpResponse()


urlpatterns = [path("store", store), path("nothing", nothing)]
application = get_wsgi_application()
