"""The rule files that released versions of the program brought: decisions by them are not by somebody's own rules."""

from __future__ import annotations

from typing import Final

RELEASED: Final = {
    "7ec5a6700358906ec782fbf607381d63532420a71a1bd9b9d046b8c7678172e2": "0.1.0",
    "03db08ff0d003e8d26f5b00e771b35a7798db2d9e3595b6c9cc1616d398f10c1": "0.1.0",
}
"""The version by SHA-256: that of the report (`protocol.sha256`), and of 0.1 also the one that its decisions have."""
