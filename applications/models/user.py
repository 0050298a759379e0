from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in to the console. A superuser is an owner everywhere.

    `language` is the one in which pages answer them, of settings.LANGUAGES; "": as their browser asks for it.
    """

    language = models.CharField(max_length=16, blank=True, db_default="")
