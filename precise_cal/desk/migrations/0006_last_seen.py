"""What readers of lists saw last."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0005_draft")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="LastSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("page", models.CharField(max_length=32)),
                ("session", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("seen", models.TextField()),
                ("before_at", models.DateTimeField(null=True)),
                ("before", models.TextField(default="[]")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("user", "page"), name="last_seen_once")]},
        )
    ]
