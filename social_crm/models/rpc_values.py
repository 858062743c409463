"""What a client sends may be anything."""

# What an integer column takes.
MAX_ID = 2**31 - 1


def record_id_of(value):
    """Return ``value``, a number or its digits, as an id; 0 if no record has it."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 < value <= MAX_ID else 0


def record_ids_of(values):
    """Return the ids among ``values``, a list."""
    values = values if isinstance(values, list | tuple) else ()
    return [*filter(None, map(record_id_of, values))]
