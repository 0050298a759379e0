"""Where a visitor may be sent after a form upload: only to places that the operator has listed."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings

from applications.errors import InvalidValue

_PORTS = {"http": 80, "https": 443}


def check_redirect(url: str) -> None:
    """Raises InvalidValue unless the origin of `url` is exactly one of settings.ZOETROPE_UPLOAD_REDIRECTS."""
    allowed = {origin(listed) for listed in settings.ZOETROPE_UPLOAD_REDIRECTS} - {None}
    if origin(url) not in allowed:
        raise InvalidValue(
            "success_url leads to a place that is not allowed. The operator lists allowed origins in "
            "ZOETROPE_UPLOAD_REDIRECTS.",
            field="success_url",
        )


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host, port. None for what is no plain absolute web address: programs disagree about what it means."""
    if "\\" in url or any(not "!" <= character <= "~" for character in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def with_query(url: str, **fields: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *fields.items()])
    return parts._replace(query=query).geturl()
