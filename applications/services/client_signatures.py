"""Client upload signatures on behalf of a key, for the console and the command line."""

import time
from collections.abc import Mapping

from applications.client_signature import MAX_LIFE, fresh_fields, sign
from applications.errors import InvalidValue
from applications.models import ApiKey


def client_signature(*, key: ApiKey, life: int, wishes: Mapping[str, str | int]) -> str:
    """A signature that is good from now for `life` seconds.

    `wishes` are named as in docs/protocol 4.1; empty ones are left out. Raises InvalidValue when `life` is not between
    1 second and 90 days.
    """
    if not 0 < life <= MAX_LIFE:
        raise InvalidValue(f"A signature lives between 1 and {MAX_LIFE} seconds (90 days).", field="life")
    fields = fresh_fields(secret_id=key.secret_id, now=time.time(), life=life)
    given = {name: value for name, value in wishes.items() if value}
    return sign({**fields, **given}, secret_key=key.secret_key)
