"""The WSGI application that any server can run."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumiq_portal.settings")

application = get_wsgi_application()
# Views, forms and the API take a second to load: before the first request rather than within it.
for name in (settings.ROOT_URLCONF, settings.PORTAL_URLCONF):
    import_module(name)
if settings.PORTAL_TRUSTED_PROXIES:
    application = wrap_wsgi_with_proxy_headers(application, settings.PORTAL_TRUSTED_PROXIES)
