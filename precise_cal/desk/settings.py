"""Django's settings, from the desk's folder and the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from precise_cal.desk.errors import DeskError
from precise_cal.desk.home import Place, desk_folder

PLACE: Final = Place(desk_folder())


def database(place: Place) -> dict[str, Any]:
    """SQLite in the desk's folder, or the PostgreSQL that ``$PRECISE_DATABASE_URL`` names."""
    named = os.environ.get("PRECISE_DATABASE_URL")
    if not named:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": place.database,
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    url = urlsplit(named)
    if url.scheme not in ("postgresql", "postgres") or not url.path.strip("/"):
        raise DeskError("PRECISE_DATABASE_URL: should be postgresql://user:password@host:port/database")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": url.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


_IS_SECURE: Final = os.environ.get("PRECISE_DESK_SECURE") == "1"
"""Whether browsers speak TLS: to the desk, or to the proxy before it."""

SECRET_KEY = PLACE.secret
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *PLACE.config.hosts]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in PLACE.config.hosts]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "precise_cal.desk",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "precise_cal.desk.web.middleware.security_headers",
    "precise_cal.desk.web.middleware.bounded",
    "precise_cal.desk.web.middleware.without_nul",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "precise_cal.desk.web.middleware.own_site",
    "precise_cal.desk.web.middleware.known_errors",
]
ROOT_URLCONF = "precise_cal.desk.web.urls"
WSGI_APPLICATION = "precise_cal.desk.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parent / "web" / "templates"],
        "OPTIONS": {"environment": "precise_cal.desk.web.pages.environment"},
    }
]
DATABASES = {"default": database(PLACE)}
AUTH_USER_MODEL = "desk.User"
AUTHENTICATION_BACKENDS = ["precise_cal.desk.store.sessions.Backend"]
SESSION_ENGINE = "precise_cal.desk.store.sessions"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("name",)}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _IS_SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("PRECISE_DESK_PROXY") == "1" else None
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "precise_cal.desk.web.errors.csrf_failed"
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 4_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {},
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.security": {
            "handlers": [],
            "level": "CRITICAL",
            "propagate": False,
        },  # else whoever comes fills the disk
        "django.security.csrf": {"handlers": [], "level": "CRITICAL", "propagate": False},  # names links that work once
        "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},  # its tracebacks have values
    },
}
