from django.db import migrations, models

from media_jobs.migrations._beside_writers import AddIndex, RemoveIndex


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('media_jobs', '0035_after_a_year'),
    ]

    operations = [
        AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('settled_at', None)), fields=['application', 'created_at', 'next_at', 'id'], name='events_waiting_longest'),
        ),
        RemoveIndex(
            model_name='event',
            name='events_waiting',
        ),
    ]
