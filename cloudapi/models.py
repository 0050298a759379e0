from django.db import models

_CLOCK_AHEAD = 7 * 24 * 3600  # seconds, at most


class UsedSignature(models.Model):
    """A one-time signature that has been used (docs/protocol 4.1). `expires` is its expireTime, in unix seconds."""

    mac = models.CharField(max_length=40, unique=True)
    expires = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.mac

    @classmethod
    def forget_expired(cls, *, now: int) -> None:
        """One that expired long ago is refused for its age, also when the clock is ahead just now and set back then."""
        cls.objects.filter(expires__lt=now - _CLOCK_AHEAD).delete()
