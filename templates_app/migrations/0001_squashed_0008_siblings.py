"""What 0001 to 0008 make of an empty database, in one step. They stay for databases that have some of them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('templates_app', '0001_initial'),
        ('templates_app', '0002_score'),
        ('templates_app', '0003_effort'),
        ('templates_app', '0004_sizes'),
        ('templates_app', '0005_playing'),
        ('templates_app', '0006_snapshots'),
        ('templates_app', '0007_seams'),
        ('templates_app', '0008_siblings'),
    ]

    initial = True

    dependencies = [
        ('applications', '0005_allowed_origins'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnimatedImageTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('definition', models.PositiveIntegerField()),
                ('name', models.CharField(blank=True, max_length=64)),
                ('comment', models.CharField(blank=True, max_length=256)),
                ('format', models.CharField(choices=[('gif', 'GIF'), ('webp', 'WebP')], default='gif', max_length=8)),
                ('width', models.PositiveIntegerField(default=0)),
                ('height', models.PositiveIntegerField(default=0)),
                ('resolution_adaptive', models.BooleanField(default=True)),
                ('fps', models.PositiveIntegerField()),
                ('quality', models.FloatField(default=75.0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('application', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='templates', to='applications.application')),
                ('score', models.BooleanField(default=False)),
                ('effort', models.PositiveSmallIntegerField(choices=[(1, 'Fast: for previews'), (2, 'Balanced'), (3, 'Best: the smallest file, up to four times the time')], db_default=2, default=2)),
                ('give_way', models.CharField(blank=True, db_default='', default='', max_length=32)),
                ('least_edge', models.PositiveIntegerField(db_default=0, default=0)),
                ('least_fps', models.PositiveIntegerField(db_default=0, default=0)),
                ('least_quality', models.FloatField(db_default=0.0, default=0.0)),
                ('max_bytes', models.PositiveBigIntegerField(db_default=0, default=0)),
                ('anchor', models.CharField(db_default='centre', default='centre', max_length=16)),
                ('background', models.CharField(blank=True, db_default='', default='', max_length=11)),
                ('crop', models.CharField(blank=True, db_default='', default='', max_length=23)),
                ('crossfade', models.FloatField(db_default=0.0, default=0.0)),
                ('fit', models.CharField(db_default='scale', default='scale', max_length=8)),
                ('loop', models.CharField(db_default='cut', default='cut', max_length=8)),
                ('loop_count', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('reverse', models.BooleanField(db_default=False, default=False)),
                ('speed', models.FloatField(db_default=1.0, default=1.0)),
                ('slack', models.FloatField(db_default=0.0, default=0.0)),
                ('trim_borders', models.BooleanField(db_default=False, default=False)),
                ('siblings', models.CharField(blank=True, db_default='', default='', max_length=48)),
                ('within_source', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'ordering': ['definition'],
                'constraints': [models.UniqueConstraint(fields=('application', 'definition'), name='one_definition_each'), models.UniqueConstraint(condition=models.Q(('application', None)), fields=('definition',), name='one_preset_each')],
            },
        ),
        migrations.CreateModel(
            name='SnapshotTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('time', 'Snapshots at moments'), ('sample', 'Sampled snapshots'), ('sprite', 'Image sprite')], max_length=8)),
                ('definition', models.PositiveIntegerField()),
                ('name', models.CharField(blank=True, max_length=64)),
                ('comment', models.CharField(blank=True, max_length=256)),
                ('format', models.CharField(choices=[('jpg', 'JPEG'), ('png', 'PNG'), ('webp', 'WebP')], default='jpg', max_length=8)),
                ('width', models.PositiveIntegerField(default=0)),
                ('height', models.PositiveIntegerField(default=0)),
                ('resolution_adaptive', models.BooleanField(default=True)),
                ('fill_type', models.CharField(choices=[('black', 'Fit in, black around'), ('white', 'Fit in, white around'), ('gauss', 'Fit in, blurred around'), ('stretch', 'Stretch')], default='black', max_length=8)),
                ('sample_type', models.CharField(blank=True, choices=[('Percent', 'per cent of the duration'), ('Time', 'seconds')], max_length=8)),
                ('sample_interval', models.PositiveIntegerField(default=0)),
                ('rows', models.PositiveSmallIntegerField(default=0)),
                ('columns', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('application', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='snapshot_templates', to='applications.application')),
            ],
            options={
                'ordering': ['kind', 'definition'],
                'constraints': [models.UniqueConstraint(fields=('application', 'kind', 'definition'), name='one_snapshot_definition_each'), models.UniqueConstraint(condition=models.Q(('application', None)), fields=('kind', 'definition'), name='one_snapshot_preset_each')],
            },
        ),
    ]
