"""What 0001 to 0005 make of an empty database, in one step. They stay for databases that have some of them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('procedures', '0001_initial'),
        ('procedures', '0002_covers'),
        ('procedures', '0003_highlights'),
        ('procedures', '0004_snapshots'),
        ('procedures', '0005_spread'),
    ]

    initial = True

    dependencies = [
        ('applications', '0001_initial'),
        ('templates_app', '0006_snapshots'),
    ]

    operations = [
        migrations.CreateModel(
            name='Procedure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20)),
                ('comment', models.CharField(blank=True, max_length=256)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='procedures', to='applications.application')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('application', 'name'), name='one_procedure_name_each')],
            },
        ),
        migrations.CreateModel(
            name='ProcedureStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('start_offset', models.FloatField(default=0.0)),
                ('end_offset', models.FloatField(default=0.0)),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='procedures.procedure')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='templates_app.animatedimagetemplate')),
                ('auto', models.FloatField(db_default=0.0, default=0.0)),
                ('skip_first', models.FloatField(db_default=0.0, default=0.0)),
                ('skip_last', models.FloatField(db_default=0.0, default=0.0)),
                ('spread', models.JSONField(blank=True, null=True)),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('procedure', 'position'), name='one_step_a_position')],
            },
        ),
        migrations.CreateModel(
            name='ProcedureCover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('definition', models.PositiveIntegerField()),
                ('position_type', models.CharField(max_length=8)),
                ('position_value', models.FloatField()),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='covers', to='procedures.procedure')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('procedure', 'position'), name='one_cover_a_position')],
            },
        ),
        migrations.CreateModel(
            name='ProcedureSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('moments', models.JSONField(default=list)),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='procedures.procedure')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='templates_app.snapshottemplate')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('procedure', 'position'), name='one_snapshot_a_position')],
            },
        ),
        migrations.CreateModel(
            name='ProcedureUnmade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('task', models.CharField(max_length=32)),
                ('asked', models.JSONField(default=dict)),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unmade', to='procedures.procedure')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('procedure', 'position'), name='one_unmade_a_position')],
            },
        ),
    ]
