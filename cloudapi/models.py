from django.db import models


class UsedSignature(models.Model):
    """A one-time signature that has been used (docs/protocol 4.1). `expires` is its expireTime, in unix seconds."""

    mac = models.CharField(max_length=40, unique=True)
    expires = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.mac

    @classmethod
    def forget_expired(cls, *, now: int) -> None:
        """An expired one is refused for its age, so nobody asks for it again."""
        cls.objects.filter(expires__lt=now).delete()
