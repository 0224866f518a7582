"""All of the portal's addresses, and one that does nothing: under the same server at once."""

from django.urls import path

from lumiq_portal import portal_urls
from tests.benchmarks.bare_site import nothing

urlpatterns = [path("nothing", nothing), *portal_urls.urlpatterns]
