"""Every setting, flat. What an operator may change comes from the environment; docs/operations.md lists it."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from config.env import env, kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where and as what this process runs -----------------------------------------------------------------------------
ZOETROPE_DATA_DIR = Path(env("ZOETROPE_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
ZOETROPE_HOST = env("ZOETROPE_HOST", default="127.0.0.1")
ZOETROPE_PORT = env.int("ZOETROPE_PORT", default=8000)
ZOETROPE_ROLE = env("ZOETROPE_ROLE", default="all")
ZOETROPE_WORKERS = env.int("ZOETROPE_WORKERS", default=os.cpu_count() or 1)
ZOETROPE_WEB_THREADS = env.int("ZOETROPE_WEB_THREADS", default=16)
ZOETROPE_BEAT_HERE = env.bool("ZOETROPE_BEAT_HERE", default=False)  # set by the supervisor: this worker keeps the clock
ZOETROPE_SAMPLE = env.bool("ZOETROPE_SAMPLE", default=True)
ZOETROPE_PUBLIC_URL = env("ZOETROPE_PUBLIC_URL", default=f"http://{ZOETROPE_HOST}:{ZOETROPE_PORT}").rstrip("/")

# --- Who may come in at the first start (generated when unset) -------------------------------------------------------
ZOETROPE_ADMIN_USER = env("ZOETROPE_ADMIN_USER", default="admin")
ZOETROPE_ADMIN_PASSWORD = env("ZOETROPE_ADMIN_PASSWORD", default="")
ZOETROPE_SECRET_ID = env("ZOETROPE_SECRET_ID", default="")
ZOETROPE_SECRET_KEY = env("ZOETROPE_SECRET_KEY", default="")
ZOETROPE_APP_ID = env.int("ZOETROPE_APP_ID", default=0)

# --- Limits, docs/protocol 6 -----------------------------------------------------------------------------------------
ZOETROPE_MAX_TEMPLATES = env.int("ZOETROPE_MAX_TEMPLATES", default=16)
ZOETROPE_MAX_PROCEDURES = env.int("ZOETROPE_MAX_PROCEDURES", default=50)
ZOETROPE_MAX_UPLOAD_BYTES = env.int("ZOETROPE_MAX_UPLOAD_BYTES", default=60 * 1024**3)
ZOETROPE_UPLOAD_LIFETIME = timedelta(hours=env.int("ZOETROPE_UPLOAD_HOURS", default=24))
ZOETROPE_MIN_FREE_BYTES = env.int("ZOETROPE_MIN_FREE_BYTES", default=2 * 1024**3)
ZOETROPE_SESSION_ID_WINDOW = timedelta(days=env.int("ZOETROPE_SESSION_ID_DAYS", default=3))
ZOETROPE_MAX_SEGMENT_SECONDS = env.float("ZOETROPE_MAX_SEGMENT_SECONDS", default=300.0)
ZOETROPE_MAX_FRAMES = env.int("ZOETROPE_MAX_FRAMES", default=6000)
ZOETROPE_MAX_OUTPUT_PIXELS = env.int("ZOETROPE_MAX_OUTPUT_PIXELS", default=4_000_000_000)
ZOETROPE_MAX_SOURCE_WIDTH = env.int("ZOETROPE_MAX_SOURCE_WIDTH", default=8192)
ZOETROPE_MAX_SOURCE_HEIGHT = env.int("ZOETROPE_MAX_SOURCE_HEIGHT", default=4320)

# --- The life of a job, docs/architecture.md 3 and 4 -----------------------------------------------------
ZOETROPE_LEASE = timedelta(seconds=env.float("ZOETROPE_LEASE_SECONDS", default=30.0))
ZOETROPE_HEARTBEAT_SECONDS = env.float("ZOETROPE_HEARTBEAT_SECONDS", default=5.0)
ZOETROPE_MAX_ATTEMPTS = env.int("ZOETROPE_MAX_ATTEMPTS", default=25)
ZOETROPE_MAX_CRASHES = env.int("ZOETROPE_MAX_CRASHES", default=2)
ZOETROPE_STOP_GRACE_SECONDS = env.float("ZOETROPE_STOP_GRACE_SECONDS", default=10.0)

# --- Outside places a finished form upload may send its visitor to ("https://shop.example", …) -----------------------
ZOETROPE_UPLOAD_REDIRECTS = env.list("ZOETROPE_UPLOAD_REDIRECTS", default=[])

# --- Events, callbacks, pulls: docs/reliability.md 1.3 and 4.5, docs/events.md ---------------------------------------
# Networks ("10.0.0.0/8") and host names ("hooks.intra") that outbound requests may reach although they aren't public.
ZOETROPE_OUTBOUND_ALLOW = env.list("ZOETROPE_OUTBOUND_ALLOW", default=[])
ZOETROPE_OUTBOUND_PORTS = env.list("ZOETROPE_OUTBOUND_PORTS", cast=int, default=[80, 443, 8080, 8443])
# Seconds between two tries of one event: Standard Webhooks' schedule.
ZOETROPE_CALLBACK_RETRIES = env.list(
    "ZOETROPE_CALLBACK_RETRIES", cast=float, default=[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
)
ZOETROPE_CALLBACK_CONNECT_SECONDS = env.float("ZOETROPE_CALLBACK_CONNECT_SECONDS", default=5.0)
ZOETROPE_CALLBACK_SECONDS = env.float("ZOETROPE_CALLBACK_SECONDS", default=15.0)
ZOETROPE_CALLBACK_DISABLE_AFTER = timedelta(seconds=env.float("ZOETROPE_CALLBACK_DISABLE_SECONDS", default=5 * 86400))
ZOETROPE_EVENT_LIFETIME = timedelta(days=env.float("ZOETROPE_EVENT_DAYS", default=4))
ZOETROPE_EVENT_INVISIBLE = timedelta(seconds=env.float("ZOETROPE_EVENT_INVISIBLE_SECONDS", default=30.0))
ZOETROPE_PULL_SLOTS = env.int("ZOETROPE_PULL_SLOTS", default=4)
ZOETROPE_PULL_MIN_RATE = env.int("ZOETROPE_PULL_MIN_RATE", default=10 * 1024)  # bytes a second …
ZOETROPE_PULL_RATE_SECONDS = env.float("ZOETROPE_PULL_RATE_SECONDS", default=60.0)  # … on average over so long
ZOETROPE_PULL_SECONDS = env.float("ZOETROPE_PULL_SECONDS", default=24 * 3600.0)
ZOETROPE_REGION = env("ZOETROPE_REGION", default="ap-guangzhou")  # what protocol answers call StorageRegion

# --- The cloud's protocols -------------------------------------------------------------------------------------------
# Host names that only the API answers to, beside all of ZOETROPE_ALLOWED_HOSTS: an unmodified SDK sends them
# (docs/gateway.md).
ZOETROPE_API_HOSTS = env.list("ZOETROPE_API_HOSTS", default=[".tencentcloudapi.com"])
# Own names for object uploads, beside the cloud's: "cos.example.com" answers for <bucket>.cos.example.com, too
# (docs/object-upload.md).
ZOETROPE_OBJECT_DOMAINS = env.list("ZOETROPE_OBJECT_DOMAINS", default=[])
ZOETROPE_API_RATE = env.int("ZOETROPE_API_RATE", default=100)  # requests a second of one action in one application
ZOETROPE_UNSIGNED_PAYLOAD = env.bool("ZOETROPE_UNSIGNED_PAYLOAD", default=False)
ZOETROPE_TASK_WINDOW = timedelta(hours=env.float("ZOETROPE_TASK_WINDOW_HOURS", default=72.0))

# --- Stores ----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{ZOETROPE_DATA_DIR / 'zoetrope.sqlite3'}")}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    # FULL: an answer of 200 must outlive a power cut. IMMEDIATE: a read that becomes a write waits for its turn.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728;",
    }
    # In memory, SQLite can't serve several threads as a file does.
    DATABASES["default"]["TEST"] = {"NAME": str(ZOETROPE_DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # After so many times the server keeps the plan of a statement of claims; off behind a pooler that can't have that.
    ZOETROPE_PREPARED_STATEMENTS = env.bool("ZOETROPE_PREPARED_STATEMENTS", default=True)
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 3 if ZOETROPE_PREPARED_STATEMENTS else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env("BROKER_URL", default=f"sqlite:///{ZOETROPE_DATA_DIR / 'broker.sqlite3'}")
CACHE_URL = env("CACHE_URL", default="locmemcache://")
CACHES = {"default": env.cache_url_config(CACHE_URL)}
ZOETROPE_SHARED_STORAGE = env.bool("ZOETROPE_SHARED_STORAGE", default=False)
STORAGE_URL = env("STORAGE_URL", default=f"file://{ZOETROPE_DATA_DIR / 'storage'}")

# --- Django ----------------------------------------------------------------------------------------------------------
SECRET_KEY = env("DJANGO_SECRET_KEY", default="") or kept_secret(ZOETROPE_DATA_DIR / "secret.key")
SECRET_KEY_GENERATED = not env("DJANGO_SECRET_KEY", default="")
DEBUG = env.bool("ZOETROPE_DEBUG", default=False)
HTTPS = ZOETROPE_PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    urlsplit(ZOETROPE_PUBLIC_URL).hostname or "localhost",
    *env.list("ZOETROPE_ALLOWED_HOSTS", default=[]),
]
CSRF_TRUSTED_ORIGINS = [ZOETROPE_PUBLIC_URL] if HTTPS else []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "applications.User"
LOGIN_URL = "console:login"
LOGIN_REDIRECT_URL = "console:overview"
LOGOUT_REDIRECT_URL = "console:login"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# Uploads stream past Django's parsers; what is parsed (forms, JSON) is small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "axes",
    "config",
    "applications",
    "templates_app",
    "procedures",
    "media_jobs",
    "cloudapi",
    "console",
]
MIDDLEWARE = [
    "cloudapi.doors.CloudDoors",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.page.CurrentApplicationMiddleware",
    "axes.middleware.AxesMiddleware",
    "applications.rest.calling.LengthRequired",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.page.surroundings",
            ],
        },
    },
]

# --- Security --------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=1)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = (
    False  # a redirect makes object uploads vanish silently (docs/protocol 3.2); the proxy does it for pages
)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W008"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Static files: the console's own and the locked packages' --------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ZOETROPE_DATA_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("tabler/css", BASE_DIR / "node_modules/@tabler/core/dist/css"),
    ("tabler/js", BASE_DIR / "node_modules/@tabler/core/dist/js"),
    ("icons", BASE_DIR / "node_modules/bootstrap-icons/font"),
    ("htmx", BASE_DIR / "node_modules/htmx.org/dist"),
    ("tus", BASE_DIR / "node_modules/tus-js-client/dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

# --- Celery: a message is the permit for one job's turn (ADR 2); CELERY_… variables override what stands here --------
# What there is to do → the queue in which permits for it wait. A further queue is one line here.
ZOETROPE_QUEUES = {
    "animate": "pictures",
    "cover": "pictures",
    "analyse": "analyses",
    "pull": "transfers",
    "deliver": "deliveries",
    "maintain": "maintenance",
}
EMBEDDED_BROKER = BROKER_URL.startswith("sqlite:")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_QUEUES = [
    Queue(name, Exchange("zoetrope"), routing_key=name) for name in dict.fromkeys(ZOETROPE_QUEUES.values())
]
CELERY_TASK_DEFAULT_QUEUE = ZOETROPE_QUEUES["maintain"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_POOL = "threads"  # the codecs run in children of their own, which no lock of Python's holds up
CELERY_WORKER_CONCURRENCY = ZOETROPE_WORKERS
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not EMBEDDED_BROKER  # which has no way to speak to all workers at once
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_timeout": 10, "socket_keepalive": True, "health_check_interval": 15}
    if BROKER_URL.startswith("redis")
    else {}
)
# What nobody did in time is left out: the next message is there by then.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "media_jobs.tasks.sweep", "schedule": 10.0, "options": {"expires": 10.0}},
    "collect-garbage": {"task": "media_jobs.tasks.collect_garbage", "schedule": 3600.0, "options": {"expires": 3600.0}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(ZOETROPE_DATA_DIR / "beat-schedule")

# --- REST ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "applications.rest.authentication.BearerToken",
        "applications.rest.authentication.ApiKeyPair",
        "applications.rest.authentication.ConsoleSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["applications.rest.calling.RoleAllows"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["applications.rest.strict_json.StrictJSON"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_METADATA_CLASS": None,  # the schema tells more than OPTIONS could
    "DEFAULT_PAGINATION_CLASS": "applications.rest.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["applications.rest.calling.PerCallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {"caller": "100/second"},
    "EXCEPTION_HANDLER": "applications.rest.problems.problem_response",
    "PAGE_SIZE": 20,
    "URL_FORMAT_OVERRIDE": None,  # `format` is a filter here
}
REST_KNOX = {"TOKEN_MODEL": "applications.AccessToken", "TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Bearer"}
KNOX_TOKEN_MODEL = "applications.AccessToken"  # noqa: S105  a model's name
MIGRATION_MODULES = {"knox": None}  # its own token table, which ours replaces, would only be in the way
SPECTACULAR_SETTINGS = {
    "TITLE": "Zoetrope REST API",
    "DESCRIPTION": "From a piece of video to a small looping picture. docs/api.md shows the first steps.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "applications.rest.schema.with_problems",
    ],
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "media_jobs.states.TaskStatus",
        "MediaStatus": "media_jobs.models.Media.Status",
        "UploadState": "media_jobs.states.UploadState",
        "JobState": "media_jobs.states.JobState",
        "MediaState": "media_jobs.library.states.MediaState",
        "Outcome": "media_jobs.jobs.selectors.Outcome",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# --- Logs: one line each, to standard error; no secret is ever an argument of a log call -----------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("ZOETROPE_LOG_LEVEL", default="INFO")},
    "loggers": {"kombu": {"level": "WARNING"}, "axes": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
}
