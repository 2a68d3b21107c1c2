"""A passkey in software: what an authenticator and a browser answer to the options of the desk."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 1, 4, 64


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _client(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": origin}).encode()


class Authenticator:
    """One passkey of one person."""

    def __init__(self, host: str = "testserver", origin: str = "http://testserver") -> None:
        self._key, self.credential, self._count = ec.generate_private_key(ec.SECP256R1()), os.urandom(16), 0
        self._host, self._origin = host, origin

    def _data(self, flags: int) -> bytes:
        self._count += 1
        return sha256(self._host.encode()).digest() + bytes([flags]) + self._count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> str:
        """The answer to options of enrollment."""
        numbers = self._key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        data = self._data(_PRESENT | _VERIFIED | _ATTESTED)
        data += bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + public
        client = _client("create", options["challenge"], self._origin)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": _text(client), "attestationObject": _text(attested)})

    def use(self, options: dict[str, Any]) -> str:
        """The answer to options of signing in, or of a signature."""
        data, client = self._data(_PRESENT | _VERIFIED), _client("get", options["challenge"], self._origin)
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        return self._answer({name: _text(value) for name, value in response.items()})

    def _answer(self, response: dict[str, str]) -> str:
        name = _text(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def challenge_of(text: str) -> bytes:
    """The bytes of a challenge as options name it."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
