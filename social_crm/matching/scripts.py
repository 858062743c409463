"""Letters of other scripts: transliteration, and letters that only look like others."""

import re
import unicodedata

_CYRILLIC = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўјљњћђџѓќѕӏ",
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch | y | e yu ya e i"
        " yi ye g u j lj nj c d dz g k z l".split(),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),
        strict=True,
    )
)
# Letters of Latin that no decomposition takes apart.
_LATIN = {
    **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d"},
    **{"þ": "th", "ı": "i", "ħ": "h", "ŋ": "n", "ə": "e", "ĸ": "k", "ŧ": "t"},
    **{"ƒ": "f", "ʼ": "", "’": "", "‘": "", "'": "", "`": "", "´": "", "ʻ": ""},
}
_LETTERS = str.maketrans(
    {
        letter: "" if latin == "|" else latin
        for table in (_CYRILLIC, _GREEK, _LATIN)
        for letter, latin in table.items()
    }
)
# Pairs of Greek letters that stand for one sound.
_GREEK_PAIRS = {"ου": "ou", "μπ": "b", "ντ": "nt", "γκ": "gk", "αυ": "av", "ευ": "ev"}

# What a letter looks like, as the Latin letter that it can be mistaken for (a small
# part of Unicode's UTS 39 confusables: those that occur in false names).
_LOOKS = str.maketrans(
    dict(
        zip(
            "аеорсухкмтвнієѕјԁԛԝһӏгпбѵαβεηικνορτυχωϲϳɑɡıɩʟո5",
            "aeopcyxkmtbhiesjdqwhlrnbvabeniknoptuxwcjagiilns",
            strict=True,
        )
    )
    | {"0": "o", "1": "l", "|": "l", "!": "l", "$": "s", "3": "e", "4": "a", "ł": "l"}
)
_SHAPES = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_INNER_I = re.compile(r"(?<=[A-Za-z])I(?=[a-z])")

_HANGUL = (
    "g kk n d tt r m b pp s ss | j jj ch k t p h".split(),
    "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(),
    "| k k k n n n t l k m p l l p l m p p t t ng t t k t p t".split(),
)


def to_latin(text: str) -> str:
    """Return ``text`` (folded case) in Latin letters without accents.

    Cyrillic, Greek and Hangul are transliterated; what has no letters here (Han,
    Arabic …) stays as it is.
    """
    if text.isascii():
        return text.replace("'", "").replace("`", "")
    text = unicodedata.normalize("NFC", text)
    for pair, latin in _GREEK_PAIRS.items():
        if pair in text:
            text = text.replace(pair, latin)
    # й and ї are letters of their own: they are read before accents go.
    text = text.translate(_LETTERS)
    if text.isascii():
        return text
    if any("\uac00" <= letter <= "\ud7a3" for letter in text):
        text = "".join(map(_hangul, text))
    text = "".join(
        letter
        for letter in unicodedata.normalize("NFD", text)
        if not unicodedata.combining(letter)
    )
    return unicodedata.normalize("NFC", text.translate(_LETTERS))


def _hangul(letter: str) -> str:
    number = ord(letter) - 0xAC00
    if not 0 <= number < 11172:
        return letter
    parts = (number // 588, number // 28 % 21, number % 28)
    return "".join(
        table[part] for table, part in zip(_HANGUL, parts, strict=True)
    ).replace("|", "")


def script(letter: str) -> str:
    """Return the script of a letter as far as disguises go; "" for others."""
    if letter.isascii() or "\u00c0" <= letter <= "\u024f":
        return "latin" if letter.isalpha() else ""
    if "\u0370" <= letter <= "\u03ff" or "\u1f00" <= letter <= "\u1fff":
        return "greek"
    if "\u0400" <= letter <= "\u052f":
        return "cyrillic"
    if "\u0530" <= letter <= "\u058f":
        return "armenian"
    return ""


def mixes_scripts(word: str) -> bool:
    """Whether a word has letters of several scripts that look alike (Аnn with А of
    Cyrillic), which no honest name has."""
    if word.isascii():
        return False
    return len({script(letter) for letter in word} - {""}) > 1


def looks(text: str) -> str:
    """Return how ``text`` looks at a glance: names that are drawn alike are equal."""
    text = _INNER_I.sub("l", unicodedata.normalize("NFKC", text)).casefold()
    text = text.translate(_LOOKS)
    if not text.isascii():
        text = to_latin(text)
    for shape, letter in _SHAPES:
        text = text.replace(shape, letter)
    return "".join(letter for letter in text if letter.isalnum())
