from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from applications.models.application import Application


class AuditEntry(models.Model):
    """One change that a person or a key made: who, what, when, from where, in which application. Never changed.

    Fields:
        application: null for what belongs to none, such as signing in
        who: the user's name, as it was then
        credential: the SecretId or the beginning of the token that was shown; "" for a console session
        door: console, rest, api, command or upkeep
        action: the address's name or the API's action, such as `template-create`, `DeleteMedia`
        subject: what it was done to, as name=value pairs of identifiers; never a secret
        address: the client's, as the trusted proxies tell it
    """

    application = models.ForeignKey(Application, models.CASCADE, null=True, related_name="audit_entries")
    at = models.DateTimeField(db_default=Now())
    who = models.CharField(max_length=150)
    credential = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=16)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["application", "-id"], name="audit_newest"),
            models.Index(fields=["at"], name="audit_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.action} {self.subject}"
