"""Values that most runs never need: kept as bytes, and read when they are first asked for."""

from __future__ import annotations

import pickle
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Store:
    """Pickled values. Raises what `pickle` raises where the bytes are damaged."""

    __slots__ = ("_data", "_values")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._values: list[Any] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._data,)

    def __getitem__(self, index: int) -> Any:
        """One of the values."""
        if self._values is None:
            self._values = pickle.loads(self._data)  # noqa: S301 - trusted as the file is that it comes from
        return self._values[index]


class Later(Generic[T]):
    """A value, or where it is kept."""

    __slots__ = ("_index", "_store", "_value")

    def __init__(self, value: T | None = None, store: Store | None = None, index: int = 0) -> None:
        self._value = value
        self._store = store
        self._index = index

    @property
    def value(self) -> T:
        """The value."""
        if self._value is None:
            assert self._store is not None
            self._value = self._store[self._index]
            self._store = None
        return self._value
