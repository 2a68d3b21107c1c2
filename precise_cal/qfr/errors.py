"""The error of the package: what a user can put right."""


class QfrError(ValueError):
    """An input that cannot be used; the message names place, value and what would be right."""
