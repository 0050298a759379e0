from django.db import migrations, models
from django.db.models.deletion import CASCADE
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("media_jobs", "0018_studio_files"), ("applications", "0004_quotas")]

    operations = [
        migrations.CreateModel(
            name="Preview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recipe_key", models.CharField(max_length=64)),
                ("storage_key", models.CharField(max_length=255, unique=True)),
                ("size", models.PositiveBigIntegerField()),
                ("facts", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("application", models.ForeignKey("applications.Application", CASCADE, related_name="previews")),
                ("media", models.ForeignKey("media_jobs.Media", CASCADE, related_name="previews")),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "indexes": [models.Index(fields=["created_at"], name="previews_to_prune")],
                "constraints": [
                    models.UniqueConstraint(fields=["application", "recipe_key"], name="one_preview_a_recipe")
                ],
            },
        ),
        migrations.AddField("animatedimage", "made_before", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "animatedimage", "recipe_key", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddIndex(
            "animatedimage", models.Index(fields=["application", "recipe_key"], name="images_by_recipe")
        ),
    ]
