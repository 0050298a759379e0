"""Every setting, flat. What an operator may change comes from the environment; docs/operations.md lists it."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from config.env import env, kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where and as what this process runs -----------------------------------------------------------------------------
ZOETROPE_DATA_DIR = Path(env("ZOETROPE_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
# What nobody else may do with new files in the data folder, as octal digits (config/start/private.py).
ZOETROPE_UMASK = int(env("ZOETROPE_UMASK", default="077"), 8)
ZOETROPE_HOST = env("ZOETROPE_HOST", default="127.0.0.1")
ZOETROPE_PORT = env.int("ZOETROPE_PORT", default=8000)
ZOETROPE_ROLE = env("ZOETROPE_ROLE", default="all")
ZOETROPE_WORKERS = env.int("ZOETROPE_WORKERS", default=os.cpu_count() or 1)
ZOETROPE_WORKER_QUEUES = env.list("ZOETROPE_WORKER_QUEUES", default=[])  # which this host's workers serve; none: all
ZOETROPE_WEB_PROCESSES = env.int("ZOETROPE_WEB_PROCESSES", default=min(2, os.cpu_count() or 1))
ZOETROPE_WEB_THREADS = env.int("ZOETROPE_WEB_THREADS", default=8)  # of each: requests at once
ZOETROPE_UPLOADS_AT_ONCE = env.int("ZOETROPE_UPLOADS_AT_ONCE", default=600)  # of each; they wait for bytes, mostly
# Clients that take or send less than so many bytes a second, on average over so many seconds, are cut off.
ZOETROPE_CLIENT_MIN_RATE = env.int("ZOETROPE_CLIENT_MIN_RATE", default=1024)
ZOETROPE_CLIENT_RATE_SECONDS = env.float("ZOETROPE_CLIENT_RATE_SECONDS", default=60.0)
ZOETROPE_SAMPLE = env.bool("ZOETROPE_SAMPLE", default=True)
ZOETROPE_NEWER_DATABASE = env.bool("ZOETROPE_NEWER_DATABASE", default=False)  # start on what a later release migrated
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
# Of one application, unless it has its own (applications/quotas.py); 0: no limit.
ZOETROPE_QUOTA_BYTES = env.int("ZOETROPE_QUOTA_BYTES", default=0)
ZOETROPE_QUOTA_PICTURES_A_DAY = env.int("ZOETROPE_QUOTA_PICTURES_A_DAY", default=0)
ZOETROPE_QUOTA_JOBS_WAITING = env.int("ZOETROPE_QUOTA_JOBS_WAITING", default=0)
ZOETROPE_MAX_UPLOAD_BYTES = env.int("ZOETROPE_MAX_UPLOAD_BYTES", default=60 * 1024**3)
ZOETROPE_UPLOAD_LIFETIME = timedelta(hours=env.int("ZOETROPE_UPLOAD_HOURS", default=24))
ZOETROPE_QUARANTINE = timedelta(days=env.float("ZOETROPE_QUARANTINE_DAYS", default=7))
ZOETROPE_TERMINATION = timedelta(days=env.float("ZOETROPE_TERMINATION_DAYS", default=7))
ZOETROPE_COPIES_BYTES = env.int("ZOETROPE_COPIES_BYTES", default=50 * 1024**3)
ZOETROPE_CHECK_BYTES = env.int("ZOETROPE_CHECK_BYTES", default=1024**3)
ZOETROPE_MIN_FREE_BYTES = env.int("ZOETROPE_MIN_FREE_BYTES", default=2 * 1024**3)
ZOETROPE_REUSE_PICTURES = env.bool("ZOETROPE_REUSE_PICTURES", default=True)
# How long rows are kept once what they tell of is over (maintenance/retention.py); not less than what leans on them.
ZOETROPE_KEEP_TASKS = timedelta(days=env.float("ZOETROPE_KEEP_TASKS_DAYS", default=90))
ZOETROPE_KEEP_UPLOADS = timedelta(days=env.float("ZOETROPE_KEEP_UPLOADS_DAYS", default=30))
ZOETROPE_KEEP_MEDIA = timedelta(days=env.float("ZOETROPE_KEEP_MEDIA_DAYS", default=90))
ZOETROPE_KEEP_STUDIO = timedelta(days=env.float("ZOETROPE_KEEP_STUDIO_DAYS", default=3))
ZOETROPE_KEEP_AUDIT = timedelta(days=env.float("ZOETROPE_KEEP_AUDIT_DAYS", default=365))
ZOETROPE_KEEP_SIGN_INS = timedelta(days=env.float("ZOETROPE_KEEP_SIGN_INS_DAYS", default=365))
ZOETROPE_KEEP_FAILED_SIGN_INS = timedelta(days=env.float("ZOETROPE_KEEP_FAILED_SIGN_INS_DAYS", default=90))
ZOETROPE_UPKEEP_SECONDS = env.float("ZOETROPE_UPKEEP_SECONDS", default=10.0)
ZOETROPE_SCRUB_BYTES_A_DAY = env.int("ZOETROPE_SCRUB_BYTES_A_DAY", default=20 * 1024**3)
ZOETROPE_CLEANING_SECONDS = env.float("ZOETROPE_CLEANING_SECONDS", default=3600.0)
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

# --- Metrics: who may look; each process counts in a file of its own, in a folder that the library reads at import ----
ZOETROPE_METRICS_TOKEN = env("ZOETROPE_METRICS_TOKEN", default="")
ZOETROPE_METRICS_ALLOW = env.list("ZOETROPE_METRICS_ALLOW", default=["127.0.0.0/8", "::1/128"])
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(ZOETROPE_DATA_DIR / "metrics")
with suppress(OSError):  # config/checks.py says it better
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

# --- The cloud's protocols -------------------------------------------------------------------------------------------
# For a program that sends what nobody here knows and can't be changed: pass it over in silence, at every door.
ZOETROPE_PASS_UNKNOWN_NAMES = env.bool("ZOETROPE_PASS_UNKNOWN_NAMES", default=False)
# For task flows that come over from the cloud with transcoding in them: take them, and let those parts fail.
ZOETROPE_FAIL_UNMADE_TASKS = env.bool("ZOETROPE_FAIL_UNMADE_TASKS", default=False)
# Host names that only the API answers to, beside all of ZOETROPE_ALLOWED_HOSTS: an unmodified SDK sends them
# (docs/gateway.md).
ZOETROPE_API_HOSTS = env.list("ZOETROPE_API_HOSTS", default=[".tencentcloudapi.com"])
# Own names for object uploads, beside the cloud's: "cos.example.com" answers for <bucket>.cos.example.com, too
# (docs/object-upload.md).
ZOETROPE_OBJECT_DOMAINS = env.list("ZOETROPE_OBJECT_DOMAINS", default=[])
# Requests a second of one action in one application (API 3.0), and of one caller over REST; 0: as many as they like.
ZOETROPE_API_RATE = env.int("ZOETROPE_API_RATE", default=100)
ZOETROPE_UNSIGNED_PAYLOAD = env.bool("ZOETROPE_UNSIGNED_PAYLOAD", default=False)
ZOETROPE_TASK_WINDOW = timedelta(hours=env.float("ZOETROPE_TASK_WINDOW_HOURS", default=72.0))

# --- Stores ----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{ZOETROPE_DATA_DIR / 'zoetrope.sqlite3'}")}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
# Behind PgBouncer in transaction mode or the like nothing may outlive a transaction: no cursor, no start option.
ZOETROPE_POOLER = env.bool("ZOETROPE_POOLER", default=False)
if SQLITE:
    # FULL: an answer of 200 must outlive a power cut. IMMEDIATE: a read that becomes a write waits for its turn.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728; "
        "PRAGMA wal_autocheckpoint=4000",  # pages; a busy one is cut before that (applications/journal.py)
    }
    # Opening costs a request as much as its queries do, and whoever closes last clears the journal away, with a sync.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # In memory, SQLite can't serve several threads as a file does.
    DATABASES["default"]["TEST"] = {"NAME": str(ZOETROPE_DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = ZOETROPE_POOLER
    # After so many times the server keeps the plan of a statement of claims; off behind a pooler that can't have that.
    ZOETROPE_PREPARED_STATEMENTS = env.bool("ZOETROPE_PREPARED_STATEMENTS", default=not ZOETROPE_POOLER)
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 3 if ZOETROPE_PREPARED_STATEMENTS else None
    # A server that a cut line has taken away answers nothing; without these a process would wait for hours.
    for name, value in {
        "connect_timeout": 10,
        "keepalives_idle": 20,
        "keepalives_interval": 5,
        "keepalives_count": 4,
        "tcp_user_timeout": 40_000,
    }.items():
        DATABASES["default"]["OPTIONS"].setdefault(name, value)
    # A process that is stopped in the middle of a transaction would keep its rows, and whoever wants them, for ever.
    ZOETROPE_IDLE_TRANSACTION_SECONDS = env.float("ZOETROPE_IDLE_TRANSACTION_SECONDS", default=20.0)
    if ZOETROPE_IDLE_TRANSACTION_SECONDS and not ZOETROPE_POOLER:  # whose own file says it (deploy/pgbouncer.ini)
        idle = f"-c idle_in_transaction_session_timeout={int(ZOETROPE_IDLE_TRANSACTION_SECONDS * 1000)}"
        DATABASES["default"]["OPTIONS"]["options"] = (
            f"{DATABASES['default']['OPTIONS'].get('options', '')} {idle}".strip()
        )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env("BROKER_URL", default=f"sqlite:///{ZOETROPE_DATA_DIR / 'broker.sqlite3'}")
# Where rates and wrong credentials are counted; unset, all processes of this host count in one file.
CACHE_URL = env("CACHE_URL", default="")
HOST_CACHE = {"BACKEND": "config.host_cache.HostCache", "LOCATION": "counts.sqlite3"}
CACHES = {"default": env.cache_url_config(CACHE_URL) if CACHE_URL else HOST_CACHE}
ZOETROPE_SHARED_STORAGE = env.bool("ZOETROPE_SHARED_STORAGE", default=False)
STORAGE_URL = env("STORAGE_URL", default=f"file://{ZOETROPE_DATA_DIR / 'storage'}")
# The bucket's server as clients reach it ("https://s3.example.com"): they are sent there for media.
ZOETROPE_MEDIA_REDIRECT = env("ZOETROPE_MEDIA_REDIRECT", default="").rstrip("/")
ZOETROPE_MEDIA_REDIRECT_SECONDS = env.int("ZOETROPE_MEDIA_REDIRECT_SECONDS", default=300)
# Where nginx in front finds the storage folder, by a location that is internal (deploy/nginx.conf): it sends media.
ZOETROPE_ACCEL = env("ZOETROPE_ACCEL", default="")

# --- Django ----------------------------------------------------------------------------------------------------------
SECRET_KEY = env("DJANGO_SECRET_KEY", default="") or kept_secret(ZOETROPE_DATA_DIR / "secret.key")
# Older keys, whose seals and signatures are still read; `manage.py rotate_secret_key` makes them needless.
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])
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
# By their own names. Whoever adds one adds its folder in config/catalogues.py.
LANGUAGES = [("en", "English"), ("ko", "한국어"), ("zh-hans", "简体中文")]
# Pages' texts, then those of Python and scripts; the first folder that has a text is heard.
LOCALE_PATHS = [BASE_DIR / "console/locale", BASE_DIR / "console/templates/locale", BASE_DIR / "animator/locale"]
FORMAT_MODULE_PATH = "console.formats"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_SECURE = HTTPS
# Uploads stream past Django's parsers; what is parsed (forms, JSON) is small.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

INSTALLED_APPS = [
    "console",  # before Django's admin, whose frame it dresses
    "django.contrib.admin.apps.SimpleAdminConfig",  # console/admin.py says what is in it
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
    "corsheaders",
    "config",
    "applications",
    "templates_app",
    "procedures",
    "media_jobs",
    "cloudapi",
]
MIDDLEWARE = [
    "config.observing.observed.Observed",
    "applications.proxies.TrustedProxies",
    "cloudapi.doors.CloudDoors",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "console.words.languages.Languages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.page.CurrentApplicationMiddleware",
    "axes.middleware.AxesMiddleware",
    "applications.rest.calling.LengthRequired",
    "applications.audit.requests.Audited",
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
                "django.template.context_processors.i18n",
                "console.page.surroundings",
            ],
        },
    },
]

# Networks whose X-Forwarded-For and X-Forwarded-Proto are believed ("127.0.0.1", "10.0.0.0/8").
ZOETROPE_TRUSTED_PROXIES = env.list("ZOETROPE_TRUSTED_PROXIES", default=[])

# Scripts of other web pages: whose origins may ask is the applications' matter (applications/rest/origins.py).
CORS_URLS_REGEX = r"^/api/v1/"
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "range", "x-http-method-override"),
    *("tus-resumable", "upload-length", "upload-defer-length", "upload-metadata", "upload-offset", "upload-concat"),
    "upload-checksum",
]
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
CORS_EXPOSE_HEADERS = [
    *("location", "retry-after", "content-range", "content-disposition", "zoetrope-file-id", "tus-resumable"),
    *("tus-version", "upload-offset", "upload-length", "upload-defer-length", "upload-expires", "upload-concat"),
]
CORS_PREFLIGHT_MAX_AGE = 600

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
AXES_CLIENT_IP_CALLABLE = "applications.proxies.lock_address_of"
AXES_WHITELIST_CALLABLE = "console.known_device.is_known_device"
AXES_LOCKOUT_CALLABLE = "console.views.account.locked_out"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page says how long, and that must hold
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
_MEDIA_FROM = [ZOETROPE_MEDIA_REDIRECT] if ZOETROPE_MEDIA_REDIRECT else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *_MEDIA_FROM],
        "media-src": [SELF, "blob:", *_MEDIA_FROM],
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
    "snapshot": "pictures",
    "unmade": "analyses",
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
# After a broken connection it would be raised step by step, from the pool's threads, which read each other's answers
# from the broker and then wait for minutes (tests/faults/test_broker_away.py).
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not EMBEDDED_BROKER  # which has no way to speak to all workers at once
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker may be away for days: the worker looks for work meanwhile
# A broker that answers and refuses (a Redis that is full or became a replica, a queue of other properties) is as good
# as away: the worker looks for work and asks it again, instead of ending (tests/faults/test_redis.py).
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_timeout": 10, "socket_keepalive": True, "health_check_interval": 15}
    if BROKER_URL.startswith("redis")
    else {}
)

# --- REST ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "applications.rest.authentication.BearerToken",
        "applications.rest.authentication.ApiKeyPair",
        "applications.rest.authentication.ConsoleSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "applications.rest.calling.RoleAllows",
        "applications.rest.strict_query.KnownQuery",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["applications.rest.strict_json.StrictJSON"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_METADATA_CLASS": None,  # the schema tells more than OPTIONS could
    "DEFAULT_PAGINATION_CLASS": "applications.rest.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["applications.rest.calling.PerCallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {"caller": f"{ZOETROPE_API_RATE}/second" if ZOETROPE_API_RATE else None},
    "EXCEPTION_HANDLER": "applications.rest.problems.problem_response",
    "PAGE_SIZE": 20,
    "NUM_PROXIES": 0,  # who asks is settled before (applications/proxies.py)
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
        "applications.rest.schema.for_generators",
        "applications.rest.schema.with_problems",
    ],
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    # Its links to single operations stand within buttons, where nobody with a screen reader finds them.
    "SWAGGER_UI_SETTINGS": {"deepLinking": False},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "media_jobs.states.TaskStatus",
        "MediaStatus": "media_jobs.models.Media.Status",
        "UploadState": "media_jobs.states.UploadState",
        "JobState": "media_jobs.states.JobState",
        "Format": "templates_app.rules.FORMATS",
        "BatchState": "media_jobs.states.BatchState",
        "MediaState": "media_jobs.library.states.MediaState",
        "Outcome": "media_jobs.jobs.selectors.Outcome",
        "JobKind": "media_jobs.models.Job.Kind",
        "SnapshotKind": "templates_app.snapshot_kinds.CHOICES",
        "StillFormat": "templates_app.models.SnapshotTemplate.Format",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# --- Logs: one line each, to standard error; no secret is ever an argument of a log call -----------------------------
ZOETROPE_LOG_FORMAT = env("ZOETROPE_LOG_FORMAT", default="line")  # or json
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "applications.tracing.JsonLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": ZOETROPE_LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": env("ZOETROPE_LOG_LEVEL", default="INFO")},
    "filters": {
        "readiness": {"()": "config.observing.log_noise.NotReadyIsNoError"},
        "once a minute": {"()": "config.observing.log_noise.OnceAMinute"},
        "celery's future": {"()": "config.observing.log_noise.NotOfCelerysFuture"},
    },
    "loggers": {
        # Whoever sends a form without its token is told so; strangers must not fill the log with it.
        "django.security.csrf": {"level": "ERROR"},
        "django.request": {"filters": ["readiness"]},
        "celery.worker.consumer.consumer": {"filters": ["once a minute"]},
        "py.warnings": {"filters": ["celery's future"]},
        "kombu": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
