"""Where the values of records come from."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0002_only_growing")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="record",
            name="origins",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="desk.content"
            ),
        )
    ]
