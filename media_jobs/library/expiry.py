from datetime import datetime

from django.utils import timezone

from applications.errors import InvalidValue


def check_expiry(moment: datetime | None) -> None:
    """A media that was to go in the past would go at once; whoever wants that deletes it. Raises InvalidValue."""
    if moment is not None and moment <= timezone.now():
        raise InvalidValue("The ExpireTime is in the past. To delete a media, delete it.", field="expires_at")
