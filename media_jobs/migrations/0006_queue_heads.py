from django.db import migrations, models
from django.db.models import Q
from django.db.models.deletion import CASCADE
from django.db.models.functions import Now


def fill(apps, schema_editor):
    """A head for each queue that has jobs ready; what waits for its time is told from what is ready."""
    database = schema_editor.connection.alias
    waiting = apps.get_model("media_jobs", "Job").objects.using(database).filter(state="WAITING")
    waiting.filter(not_before__gt=Now()).update(postponed=True)
    ready = waiting.filter(postponed=False).order_by("-priority", "created_at", "position")
    head = apps.get_model("media_jobs", "QueueHead")
    for application, kind in ready.order_by().values_list("application", "kind").distinct():
        priority, since, position = (
            ready.filter(application=application, kind=kind).values_list("priority", "created_at", "position").first()
        )
        head.objects.using(database).create(
            application_id=application, kind=kind, priority=priority, since=since, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_key_policy"), ("media_jobs", "0005_score")]

    operations = [
        migrations.RemoveIndex(model_name="job", name="jobs_to_claim"),
        migrations.AddField(
            model_name="job", name="postponed", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["kind", "application", "-priority", "created_at", "position"],
                condition=Q(state="WAITING", postponed=False),
                name="jobs_ready",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                fields=["not_before"], condition=Q(state="WAITING", postponed=True), name="jobs_postponed"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["application"], condition=Q(state="PROCESSING"), name="jobs_running"),
        ),
        migrations.CreateModel(
            name="QueueHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("analyse", "Analyse"), ("animate", "Animate"), ("cover", "Cover")], max_length=16
                    ),
                ),
                ("priority", models.SmallIntegerField()),
                ("since", models.DateTimeField()),
                ("position", models.PositiveIntegerField()),
                ("turn", models.PositiveBigIntegerField(default=0)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=CASCADE, related_name="queue_heads", to="applications.application"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["application", "kind"], name="one_head_a_queue")],
                "indexes": [models.Index(fields=["-priority", "since", "position"], name="heads_by_urgency")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
