from django.contrib.auth.models import AbstractUser


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of access tokens: knox has no types
    """A person who signs in to the console. A superuser is an owner everywhere."""
