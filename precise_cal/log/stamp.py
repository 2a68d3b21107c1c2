"""Time stamps of checkpoints by a third party (RFC 3161): asked for by file or over the web, verified offline.

What is stamped is the signed note of a checkpoint, to the byte, by its SHA-256. Whom to trust is a certificate that is
kept from elsewhere. Needs the extra `stamp`.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPException
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography import x509

from precise_cal.language.catalog import message
from precise_cal.log.errors import LogError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_MOST: Final = 100_000
_PATIENCE: Final = 30.0
_EXTRA: Final = "time stamps need one more package: pip install 'precise-cal[stamp]'"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a verified stamp says."""

    time: datetime
    """In UTC, by the authority's clock."""
    authority: str
    """The name in the certificate that signed."""
    serial: int


def _client() -> Any:
    if find_spec("rfc3161_client") is None:
        raise LogError(_EXTRA)
    import rfc3161_client

    return rfc3161_client


def request_of(note: str) -> bytes:
    """The request for a stamp of a checkpoint, as `application/timestamp-query`.

    Raises:
        LogError: the extra is not installed.
    """
    client = _client()
    builder = client.TimestampRequestBuilder().data(note.encode()).hash_algorithm(client.HashAlgorithm.SHA256)
    data: bytes = builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()
    return data


def ask(address: str, request: bytes) -> bytes:
    """What an authority answers to a request.

    Raises:
        LogError: it is no web address, or does not answer.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise LogError(message("{ $address }: should be the address of a time-stamping authority", address=address))
    kind = {"Content-Type": "application/timestamp-query"}
    try:
        with urlopen(Request(address, request, kind), timeout=_PATIENCE) as answer:  # noqa: S310 - as checked
            data: bytes = answer.read(_MOST)
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise LogError(
            message("{ $address }: does not answer ({ $error })", address=address, error=str(error))
        ) from None
    return data


def roots_of(pem: bytes, name: str) -> list[x509.Certificate]:
    """The certificates of a file. Raises: LogError, where it holds none."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise LogError(message("{ $name }: holds no certificate (PEM)", name=name)) from None


def read_stamp(note: str, response: bytes, roots: Sequence[x509.Certificate]) -> Stamp:
    """The stamp of a checkpoint, verified.

    Args:
        note: the signed note, as it was stamped.
        response: what the authority answered.
        roots: whom to trust.

    Raises:
        LogError: it is no response, is over something else, or is not signed by whom is trusted.
    """
    client = _client()
    try:
        answer = client.decode_timestamp_response(response)
        token = answer.tst_info
    except ValueError as error:
        raise LogError(message("no time stamp: { $error }", error=str(error))) from None
    try:
        client.VerifierBuilder(roots=[*roots]).build().verify_message(answer, note.encode())
    except client.VerificationError as error:
        raise LogError(message("the time stamp does not hold: { $error }", error=str(error))) from None
    return Stamp(token.gen_time, _signer(answer), token.serial_number)


def _signer(answer: Any) -> str:
    """The name of the certificate within the answer by whose serial number the signature goes."""
    serials = {one.serial_number for one in answer.signed_data.signer_infos}
    found = [x509.load_der_x509_certificate(one) for one in answer.signed_data.certificates]
    return next((one.subject.rfc4514_string() for one in found if one.serial_number in serials), "")
