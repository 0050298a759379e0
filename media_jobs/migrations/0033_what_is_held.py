from typing import Any

from django.db import migrations
from django.db.models import Count, OuterRef, Subquery, Sum

KINDS = ("media", "animatedimage", "snapshotset", "sibling")


def count(apps: Any, schema_editor: Any) -> None:
    """What each application holds, and whose each delivery is."""
    held = apps.get_model("media_jobs", "Holding").objects
    for kind in KINDS:
        rows = apps.get_model("media_jobs", kind).objects.order_by()
        there = rows.filter(deleted_at=None) if kind == "media" else rows
        for application, number, size in there.values_list("application").annotate(n=Count("pk"), size=Sum("size")):
            held.create(application_id=application, kind=kind, number=number, bytes=size)
    of_event = apps.get_model("media_jobs", "Event").objects.filter(pk=OuterRef("event"))
    apps.get_model("media_jobs", "Delivery").objects.update(application=Subquery(of_event.values("application")))


class Migration(migrations.Migration):
    dependencies = [("media_jobs", "0032_holdings")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop, elidable=True)]
