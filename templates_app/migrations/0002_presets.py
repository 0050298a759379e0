from django.db import migrations

from templates_app.presets import PRESETS


def write_presets(apps, schema_editor):
    Template = apps.get_model("templates_app", "AnimatedImageTemplate")
    for preset in PRESETS:
        Template.objects.update_or_create(application=None, definition=preset["definition"], defaults=preset)


class Migration(migrations.Migration):
    dependencies = [("templates_app", "0001_initial")]
    operations = [migrations.RunPython(write_presets, migrations.RunPython.noop)]
