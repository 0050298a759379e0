from django.db import models


class Chore(models.Model):
    """A piece of maintenance that one process of all does now and then; a row is its turn (maintenance/chores.py).

    Fields:
        due_at: nobody begins it before
        done_at: when it was last done; null when it never was
        problem: why it broke off the last time; "" when it didn't
        note: what its next turn must know, as JSON; "" for nothing
    """

    name = models.CharField(max_length=32, unique=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
