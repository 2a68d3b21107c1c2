"""The tables."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar[list[tuple[str, str]]] = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("name", models.CharField(max_length=64, unique=True)),
                ("full_name", models.CharField(blank=True, max_length=120)),
                ("role", models.CharField(max_length=32)),
                ("site", models.CharField(blank=True, max_length=64)),
                ("is_active", models.BooleanField(default=True)),
                ("totp_secret", models.CharField(blank=True, max_length=64)),
                ("totp_used", models.BigIntegerField(default=0)),
                ("failures", models.IntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Content",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("body", models.BinaryField()),
                ("type", models.CharField(db_index=True, max_length=64)),
                ("site", models.CharField(blank=True, db_index=True, max_length=64)),
                ("at", models.DateTimeField()),
                ("content", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="desk.content")),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("expires", models.DateTimeField()),
                ("used", models.BooleanField(default=False)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("credential", models.BinaryField(max_length=1024, unique=True)),
                ("public_key", models.BinaryField()),
                ("sign_count", models.BigIntegerField(default=0)),
                ("label", models.CharField(blank=True, max_length=64)),
                ("approved_by", models.CharField(blank=True, max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("participant", models.CharField(max_length=300, primary_key=True, serialize=False)),
                ("subject_id", models.CharField(max_length=200)),
                ("site", models.CharField(db_index=True, max_length=64)),
                ("content", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="desk.content")),
                ("event", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="desk.event")),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to="desk.event"
                    ),
                ),
                ("sequence", models.BigIntegerField(unique=True)),
                ("decision_id", models.CharField(max_length=36, unique=True)),
                ("participant", models.CharField(db_index=True, max_length=300)),
                ("subject_id", models.CharField(max_length=200)),
                ("site", models.CharField(db_index=True, max_length=64)),
                ("word", models.CharField(max_length=16)),
                ("decided_at", models.DateTimeField()),
                (
                    "record",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="desk.content"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to="desk.event"
                    ),
                ),
                ("participant", models.CharField(max_length=300, unique=True)),
                ("subject_id", models.CharField(max_length=200)),
                ("site", models.CharField(db_index=True, max_length=64)),
                ("stratum", models.CharField(max_length=200)),
                ("number", models.IntegerField()),
                ("arm", models.CharField(max_length=64)),
                ("decision", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="desk.decision")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("stratum", "number"), name="slot_once")],
            },
        ),
    ]
