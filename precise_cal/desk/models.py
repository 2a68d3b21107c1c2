"""The tables: events and contents, which only grow, and what is read out of them for screens."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class User(AbstractBaseUser):
    """Somebody who may sign in, in one role, at one site or (empty) at all."""

    name = models.CharField(max_length=64, unique=True)
    full_name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=32)
    site = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    totp_secret = models.CharField(max_length=64, blank=True)
    totp_used = models.BigIntegerField(default=0)
    """The last step of time whose code was used: none is taken twice."""
    failures = models.IntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager()

    @property
    def printed_name(self) -> str:
        """As it stands beside a signature."""
        return self.full_name or self.name


class Passkey(models.Model):
    """A key of a person, kept by their device; the desk has the public half."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passkeys")
    credential = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    label = models.CharField(max_length=64, blank=True)
    approved_by = models.CharField(max_length=64, blank=True)
    """The second person of the enrollment; it signs nothing before there is one."""


class Invitation(models.Model):
    """A link that works once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used = models.BooleanField(default=False)


class Draft(models.Model):
    """What a user typed into the form of the gate."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    data = models.BinaryField()
    at = models.DateTimeField()


class LastSeen(models.Model):
    """What a reader of a list saw last, and in the session before."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    page = models.CharField(max_length=32)
    session = models.CharField(max_length=64)
    at = models.DateTimeField()
    seen = models.TextField()
    before_at = models.DateTimeField(null=True)
    before = models.TextField(default="[]")

    class Meta:
        """A reader has one row for a list."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "page"], name="last_seen_once")]


class Head(models.Model):
    """One row, whose lock whoever writes to the log holds."""

    size = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    untold = models.BigIntegerField(default=0)
    """Failures that were counted, and are not events of their own."""
    untold_since = models.DateTimeField(null=True)


class Content(models.Model):
    """What an event is about, under its SHA-256."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    data = models.BinaryField()


class Event(models.Model):
    """A leaf of the log."""

    number = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()
    type = models.CharField(max_length=64, db_index=True)
    content = models.ForeignKey(Content, on_delete=models.PROTECT)
    site = models.CharField(max_length=64, blank=True, db_index=True)
    at = models.DateTimeField()


class Decision(models.Model):
    """A signed decision of the gate, read out of its event."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True)
    sequence = models.BigIntegerField(unique=True)
    decision_id = models.CharField(max_length=36, unique=True)
    participant = models.CharField(max_length=300, db_index=True)
    """By the confusable skeleton of the identifier."""
    subject_id = models.CharField(max_length=200)
    site = models.CharField(max_length=64, db_index=True)
    word = models.CharField(max_length=16)
    decided_at = models.DateTimeField()
    record = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+")
    """The whole record that was asked about."""


class Allocation(models.Model):
    """A slot that was opened, read out of its event."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True)
    participant = models.CharField(max_length=300, unique=True)
    subject_id = models.CharField(max_length=200)
    site = models.CharField(max_length=64, db_index=True)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT)
    stratum = models.CharField(max_length=200)
    number = models.IntegerField()
    arm = models.CharField(max_length=64)

    class Meta:
        """A slot is given once."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["stratum", "number"], name="slot_once")]


class Record(models.Model):
    """The latest record of a participant."""

    participant = models.CharField(max_length=300, primary_key=True)
    subject_id = models.CharField(max_length=200)
    site = models.CharField(max_length=64, db_index=True)
    content = models.ForeignKey(Content, on_delete=models.PROTECT)
    event = models.ForeignKey(Event, on_delete=models.PROTECT)
    origins = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="+", null=True)
    """Where its values come from, by pointer; without any, nobody said."""
