from django.db import models

from applications.models.application import Application
from applications.models.user import User
from applications.roles import Role


class Membership(models.Model):
    """What one user may do in one application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "user"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.application}"
