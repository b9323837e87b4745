"""Checks for options: a wrong one is refused where it was written, not where it hurts."""

INT_MAX = 2**31 - 1  # of the core's options


def whole_number(name: str, value: object, low: int, high: int) -> int:
    """An int within bounds; a bool is not a number here."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int, not {type(value).__name__}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {value}")
    return value


def milliseconds(name: str, value: object, low: int, high: int) -> int:
    """An int or float of milliseconds within bounds, rounded up."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be int or float, not {type(value).__name__}")
    if not low <= value <= high:  # NaN too
        raise ValueError(f"{name} must be from {low} to {high} milliseconds, not {value}")
    return -int(-value // 1)


def yes_or_no(name: str, value: object) -> bool:
    """A bool, and nothing that merely counts as one."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be bool, not {type(value).__name__}")
    return value


def choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be str, not {type(value).__name__}")
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    return value
