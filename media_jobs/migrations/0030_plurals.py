"""What several are called in the raw data; nothing in the database changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("media_jobs", "0029_bytes_of_an_application")]

    operations = [
        migrations.AlterModelOptions(
            name="batch", options={"ordering": ["-created_at", "-pk"], "verbose_name_plural": "batches"}
        ),
        migrations.AlterModelOptions(
            name="media", options={"ordering": ["-created_at", "-pk"], "verbose_name_plural": "media"}
        ),
        migrations.AlterModelOptions(
            name="mediaclass", options={"ordering": ["name"], "verbose_name_plural": "media classes"}
        ),
    ]
