"""How many failures were counted, and not told one by one."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("desk", "0003_origins")]
    operations: ClassVar = [
        migrations.AddField(model_name="head", name="untold", field=models.BigIntegerField(default=0)),
        migrations.AddField(model_name="head", name="untold_since", field=models.DateTimeField(null=True)),
    ]
