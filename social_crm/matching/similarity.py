"""How alike two short words are: by rapidfuzz when it is there, else by our own code.

Both give the same numbers; rapidfuzz is only faster.
"""

LONGEST = 40  # letters that are compared; the rest of a longer word is not looked at


def own_jaro_winkler(a: str, b: str) -> float:
    """Return how alike two words are, 0…1 (Winkler 1990): 1 is the same.

    Counts letters that both have at about the same place, less half for each that has
    changed places, plus a tenth of the rest for each of up to four first letters.
    """
    if a == b:
        return 1.0
    length_a, length_b = len(a), len(b)
    if not length_a or not length_b:
        return 0.0
    reach = max(max(length_a, length_b) // 2 - 1, 0)
    free = list(b)
    found = []
    for i, letter in enumerate(a):
        if letter not in free:
            continue
        start = i - reach if i > reach else 0
        try:
            j = free.index(letter, start, i + reach + 1)
        except ValueError:
            continue
        free[j] = ""
        found.append(letter)
    count = len(found)
    if not count:
        return 0.0
    others = [letter for letter, left in zip(b, free, strict=True) if not left]
    moved = sum(x != y for x, y in zip(found, others, strict=True)) // 2
    jaro = (count / length_a + count / length_b + (count - moved) / count) / 3
    if jaro <= 0.7:
        return jaro
    prefix = 0
    for x, y in zip(a[:4], b[:4], strict=False):
        if x != y:
            break
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


try:
    from rapidfuzz.distance.JaroWinkler import similarity as jaro_winkler
except ImportError:
    jaro_winkler = own_jaro_winkler


def one_edit(a: str, b: str) -> bool:
    """Whether at most one letter is wrong, missing, added or has changed places."""
    if a == b:
        return True
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(long) - len(short) > 1 or not short:
        return not short and len(long) < 2
    if short[0] != long[0] and short[-1] != long[-1] and len(long) > 2:
        return False  # most pairs
    start = 0
    for x, y in zip(short, long, strict=False):
        if x != y:
            break
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    if short[start + 1 :] == long[start + 1 :]:
        return True
    return (
        short[start + 2 :] == long[start + 2 :]
        and short[start : start + 2] == long[start : start + 2][::-1]
    )
