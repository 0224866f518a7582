"""All settings. Each environment variable is listed in docs/configuration.md."""

import json
import os
from pathlib import Path

import django
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from generations.pace import Pace
from lumiq_portal import env
from lumiq_portal.navigation import admin_navigation

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("PORTAL_VAR") or BASE_DIR / "var").resolve()
PORT = env.read_number("PORT", default=8000, lowest=1, highest=65535)

# Embedded default: the sandbox listens beside the site. The distance keeps two sites on
# neighbouring ports apart.
SANDBOX_PORT = PORT + 10_000 if PORT <= 55_535 else PORT - 10_000
REDIS_SOCKET = env.choose_socket(VAR_DIR, "redis.sock")

DEBUG = env.read_flag("DEBUG", default=False)
SECRET_KEY = env.read_secret_key("SECRET_KEY", keep_in=VAR_DIR)

# --- Portal -------------------------------------------------------------------------------------
PORTAL_BASE_DOMAIN = env.read_host("PORTAL_BASE_DOMAIN", default="localhost")
PORTAL_PLATFORM_HOST = env.read_host(
    "PORTAL_PLATFORM_HOST", default=f"platform.{PORTAL_BASE_DOMAIN}"
)
_IS_LOCAL = PORTAL_BASE_DOMAIN == "localhost" or PORTAL_BASE_DOMAIN.endswith(".localhost")
PORTAL_URL_SCHEME = env.read_choice(
    "PORTAL_URL_SCHEME", default="http" if _IS_LOCAL else "https", choices=("http", "https")
)
# The port in links that are written outside a request (mails, commands).
PORTAL_URL_PORT = PORT if _IS_LOCAL else None
PORTAL_CALLBACK_BASE_URL = env.read_url(
    "PORTAL_CALLBACK_BASE_URL",
    default=f"http://127.0.0.1:{PORT}" if _IS_LOCAL else f"https://{PORTAL_PLATFORM_HOST}",
    schemes=("http", "https"),
)
# Webhooks to this network, and over http://: for development and tests.
PORTAL_ALLOW_PRIVATE_WEBHOOKS = env.read_flag("PORTAL_ALLOW_PRIVATE_WEBHOOKS", default=False)
if PORTAL_ALLOW_PRIVATE_WEBHOOKS and not (DEBUG or _IS_LOCAL):
    raise ImproperlyConfigured(
        "PORTAL_ALLOW_PRIVATE_WEBHOOKS lets users call what only this host can reach. "
        "Unset it, or leave PORTAL_BASE_DOMAIN at localhost for a portal of your own machine."
    )
PORTAL_OVERSELL = env.read_choice("PORTAL_OVERSELL", default="strict", choices=("strict", "queue"))
# How many times the credits that were bought at LUMIQ the portals' pools may come to.
PORTAL_OVERSELL_RATIO = env.read_decimal("PORTAL_OVERSELL_RATIO", default="1", lowest=1, highest=10)
PORTAL_WALLET_ALERTS = env.read_falling_numbers(
    "PORTAL_WALLET_ALERTS", default=(180, 90), lowest=1, highest=1_000_000_000
)

# --- LUMIQ --------------------------------------------------------------------------------------
SANDBOX_API_KEY = "lmq_sandbox"
LUMIQ_API_KEY = env.read_text("LUMIQ_API_KEY")
LUMIQ_USES_SANDBOX = not LUMIQ_API_KEY
LUMIQ_BASE_URL = env.read_url(
    "LUMIQ_BASE_URL",
    default=(
        f"http://127.0.0.1:{SANDBOX_PORT}/api/v1"
        if LUMIQ_USES_SANDBOX
        else "https://lumiq.my/api/v1"
    ),
    schemes=("http", "https"),
)
PORTAL_TRUSTED_PROXIES = env.read_networks("PORTAL_TRUSTED_PROXIES")
PORTAL_API_REQUESTS_PER_MINUTE = env.read_number(
    "PORTAL_API_REQUESTS_PER_MINUTE", default=30, lowest=1, highest=100_000
)
LUMIQ_REQUESTS_PER_MINUTE = env.read_number(
    "LUMIQ_REQUESTS_PER_MINUTE", default=30, lowest=1, highest=100_000
)
# Where the API's test keys have their videos made: a sandbox, never LUMIQ itself.
PORTAL_TEST_LUMIQ_BASE_URL = env.read_url(
    "PORTAL_TEST_LUMIQ_BASE_URL",
    default=LUMIQ_BASE_URL if LUMIQ_USES_SANDBOX else "",
    schemes=("http", "https"),
)
PORTAL_TEST_LUMIQ_API_KEY = env.read_text("PORTAL_TEST_LUMIQ_API_KEY", "lmq_sandbox_test")
env.refuse_paid_tests(
    url=PORTAL_TEST_LUMIQ_BASE_URL,
    key=PORTAL_TEST_LUMIQ_API_KEY,
    paid_url="" if LUMIQ_USES_SANDBOX else LUMIQ_BASE_URL,
    paid_key=LUMIQ_API_KEY or SANDBOX_API_KEY,
)
# What LUMIQ's documentation leaves open, with the answer that is safe either way (docs/lumiq.md).
LUMIQ_REFUNDS_FAILED = env.read_choice(
    "LUMIQ_REFUNDS_FAILED",
    default="no" if LUMIQ_USES_SANDBOX else "unknown",
    choices=("unknown", "yes", "no"),
)
LUMIQ_UNCOUNTED_ENDPOINTS = env.read_choices(
    "LUMIQ_UNCOUNTED_ENDPOINTS", choices=("submit", "status", "download", "account")
)
LUMIQ_RETRY_AFTER_SECONDS = env.read_number(
    "LUMIQ_RETRY_AFTER_SECONDS", default=60, lowest=1, highest=3600
)
LUMIQ_KEYS_SHARE_TASKS = env.read_flag("LUMIQ_KEYS_SHARE_TASKS", default=False)
LUMIQ_DOWNLOAD_HOSTS = env.read_hosts("LUMIQ_DOWNLOAD_HOSTS")
LUMIQ_CLIP_SECONDS = env.read_range("LUMIQ_CLIP_SECONDS", default=(5, 20))
# How long an answer is waited for; the budget counts on no question lasting longer.
LUMIQ_PATIENCE_SECONDS = env.read_number(
    "LUMIQ_PATIENCE_SECONDS", default=120, lowest=1, highest=120
)
LUMIQ_PACE = Pace()
# Balances of an account at LUMIQ below which the platform's staff get a mail, one each.
LUMIQ_BALANCE_ALERTS = env.read_falling_numbers(
    "LUMIQ_BALANCE_ALERTS", default=(10_000, 2_000, 500), lowest=1, highest=1_000_000_000
)

# --- Stripe -------------------------------------------------------------------------------------
# Embedded default: without a key a local Stripe listens beside the site. Its children are told of
# it; commands beside them find its keys in the state.
LOCAL_STRIPE_PORT = PORT + 20_000 if PORT <= 45_535 else PORT - 20_000
LOCAL_STRIPE_STATE = VAR_DIR / "stripe"
STRIPE_SECRET_KEY = env.read_text("STRIPE_SECRET_KEY")
STRIPE_IS_LOCAL = not STRIPE_SECRET_KEY
STRIPE_WEBHOOK_SECRET = env.read_text("STRIPE_WEBHOOK_SECRET")
STRIPE_CONNECT_WEBHOOK_SECRET = env.read_text("STRIPE_CONNECT_WEBHOOK_SECRET")
STRIPE_API_BASE = env.read_url("STRIPE_API_BASE", default="", schemes=("http", "https"))
if STRIPE_IS_LOCAL and _IS_LOCAL and (LOCAL_STRIPE_STATE / "secrets.json").exists():
    _kept = json.loads((LOCAL_STRIPE_STATE / "secrets.json").read_text())
    STRIPE_SECRET_KEY = _kept["STRIPE_SECRET_KEY"]
    STRIPE_WEBHOOK_SECRET = _kept["STRIPE_WEBHOOK_SECRET"]
    STRIPE_CONNECT_WEBHOOK_SECRET = _kept["STRIPE_CONNECT_WEBHOOK_SECRET"]
    STRIPE_API_BASE = f"http://127.0.0.1:{LOCAL_STRIPE_PORT}"
STRIPE_AUTOMATIC_TAX = env.read_flag("STRIPE_AUTOMATIC_TAX", default=False)
# Where buyers are sent to pay, and tenants to connect an account. Browsers hold a form's redirect
# to the policy as well; a stand-in serves its pages beside its API.
_STRIPE_ORIGINS = [
    "https://checkout.stripe.com", "https://connect.stripe.com", *env.origins(STRIPE_API_BASE),
]  # fmt: skip

# --- Django -------------------------------------------------------------------------------------
ALLOWED_HOSTS = ["*"]  # accounts.middleware.TenantMiddleware answers unknown hosts, before all else
ROOT_URLCONF = "lumiq_portal.urls"
PORTAL_URLCONF = "lumiq_portal.portal_urls"  # on portals' hosts: accounts.middleware
WSGI_APPLICATION = "lumiq_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "accounts",
    "generations",
    "unfold.apps.BasicAppConfig",  # the default one puts a site of its own in our place
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "lumiq_portal.apps.PlatformAdminConfig",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.forms",
    "django_htmx",
    "django_rq",
    "csp",
]

MIDDLEWARE = [
    "accounts.middleware.TenantMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lumiq_portal.middleware.PortalCSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SameTenantMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "lumiq_portal.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

_CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "django.template.context_processors.i18n",
    "accounts.context_processors.portal",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT_PROCESSORS},
    },
    {
        # For accounts.tenant_admin: Django's own admin pages, which the platform's theme replaces.
        "NAME": "tenant_admin",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            BASE_DIR / "templates/tenant_admin",
            Path(django.__file__).parent / "contrib/admin/templates",
        ],
        "OPTIONS": {"context_processors": _CONTEXT_PROCESSORS},
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.read_database("DATABASE_URL", default_path=VAR_DIR / "portal.sqlite3")}

REDIS_EMBEDDED_URL = env.build_socket_url(REDIS_SOCKET)
REDIS_URL = env.read_url(
    "REDIS_URL", default=REDIS_EMBEDDED_URL, schemes=("redis", "rediss", "unix")
)
RQ_QUEUES = {
    name: {
        "URL": REDIS_URL,
        "SERIALIZER": "rq.serializers.JSONSerializer",
        "DEFAULT_TIMEOUT": timeout_seconds,
        "DEFAULT_RESULT_TTL": 0,
    }
    for name, timeout_seconds in {"dispatch": 300, "fetch": 600, "outbound": 60}.items()
}
# `COMMIT_MODE` auto: generations.kicks defers to the end of the transaction by itself, for every
# way of enqueuing and without an error to the user when Redis is away.
RQ = {
    "COMMIT_MODE": "auto",
    "JOB_CLASS": "generations.rq_job.PortalJob",
    "WORKER_CLASS": "generations.rq_worker.PortalWorker",
}
RQ_SHOW_ADMIN_LINK = False

_LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _LOCAL_MEMORY},
    # generations.public_pages: some 50 KB each, in each process.
    "pages": {"BACKEND": _LOCAL_MEMORY, "LOCATION": "pages", "OPTIONS": {"MAX_ENTRIES": 300}},
}

# Compressing takes most of a minute and pays off over a real network only.
_STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    if _IS_LOCAL
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": env.read_storage("STORAGE_URL", default_path=VAR_DIR / "media"),
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Videos and posters redirect to the storage where that is S3: the browser must be let through.
_MEDIA_ORIGINS = env.media_origins(STORAGES["default"])
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "lumiq_portal.font_finder.FontFinder",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 4
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200  # an action of the admin on a whole page of 100 rows

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.TenantBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "videos"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 3

_SECURE = PORTAL_URL_SCHEME == "https"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_NAME = "__Host-session" if _SECURE else "session"
SESSION_COOKIE_SECURE = _SECURE
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else "csrf"
CSRF_COOKIE_SECURE = _SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "lumiq_portal.views.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
SECURE_SSL_REDIRECT = False  # the proxy's task; health checks come without TLS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _SECURE else 0
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # no includeSubDomains: a tenant's other hosts are not ours
    "security.W008",  # the proxy redirects
    "security.W021",  # no preload, for the reason of W005
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_MEDIA_ORIGINS],
        "media-src": [SELF, "blob:", *_MEDIA_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF, *_MEDIA_ORIGINS],  # a script hands the file to the device's sheet
        "form-action": [SELF, *_STRIPE_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    },
}

LANGUAGE_CODE = "en"
# Each by its own name, as the pages list them. How to add one: docs/languages.md.
LANGUAGES = [("en", "English"), ("ar", "العربية")]
LANGUAGE_COOKIE_NAME = "__Host-language" if _SECURE else "language"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "lumiq_portal.formats"  # where Django's own differ from CLDR's

vars().update(env.read_mail("EMAIL_URL", default_folder=VAR_DIR / "mail"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.read_text("DEFAULT_FROM_EMAIL", f"portal@{PORTAL_BASE_DOMAIN}")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "lumiq_portal.logs.HideSecretPaths"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "accounts": {"level": "INFO"},
        "generations": {"level": "INFO"},
        "lumiq_portal": {"level": "INFO"},
    },
}

UNFOLD = {
    "SITE_TITLE": "Portal platform",
    "SITE_HEADER": "Portal platform",
    "SITE_SYMBOL": "stadium",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("icon.svg")}
    ],
    "STYLES": [lambda request: static("css/platform-admin.css")],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "4px",
    # Ink on paper, as on the portals: colour is left to what is good, late or wrong.
    "COLORS": {
        "primary": dict(
            zip(
                ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950"),
                (
                    "#f1f3f6", "#e3e8ee", "#ccd4de", "#abb6c4", "#7c8999", "#485463",
                    "#141a24", "#0b0f16", "#0b0f16", "#0b0f16", "#05070b",
                ),
                strict=True,
            )
        )
    },
    "SIDEBAR": {"show_search": True, "navigation": admin_navigation},
}  # fmt: skip
