"""Telephone numbers as E.164: by phonenumbers when it is there, else by our own table.

The table knows the countries that most numbers come from; a number that it cannot read
is left out rather than guessed.
"""

import re

try:
    import phonenumbers
except ImportError:
    phonenumbers = None

MAX_PHONE = 40
# Country: calling code, prefix dialled before national numbers, digits without it.
_COUNTRIES = """
US 1 1 10-10|CA 1 1 10-10|PR 1 1 10-10|DO 1 1 10-10|JM 1 1 10-10|RU 7 8 10-10
KZ 7 8 10-10|EG 20 0 8-10|ZA 27 0 9-9|GR 30 - 10-10|NL 31 0 9-9|BE 32 0 8-9|FR 33 0 9-9
ES 34 - 9-9|HU 36 06 8-9|IT 39 - 6-11|RO 40 0 9-9|CH 41 0 9-9|AT 43 0 4-13|GB 44 0 9-10
DK 45 - 8-8|SE 46 0 7-9|NO 47 - 8-8|PL 48 - 9-9|DE 49 0 6-11|PE 51 0 8-9|MX 52 - 10-10
AR 54 0 10-11|BR 55 0 10-11|CL 56 - 9-9|CO 57 - 10-10|VE 58 0 10-10|MY 60 0 8-10
AU 61 0 9-9|ID 62 0 8-12|PH 63 0 8-10|NZ 64 0 8-10|SG 65 - 8-8|TH 66 0 8-9|JP 81 0 9-10
KR 82 0 8-10|VN 84 0 9-10|CN 86 0 10-11|TR 90 0 10-10|IN 91 0 10-10|PK 92 0 9-10
LK 94 0 9-9|MA 212 0 9-9|DZ 213 0 8-9|TN 216 - 8-8|NG 234 0 8-10|KE 254 0 9-9
GH 233 0 9-9|PT 351 - 9-9|LU 352 - 6-9|IE 353 0 7-9|IS 354 - 7-7|MT 356 - 8-8
CY 357 - 8-8|FI 358 0 6-11|BG 359 0 8-9|LT 370 8 8-8|LV 371 - 8-8|EE 372 - 7-8
MD 373 0 8-8|BY 375 80 9-9|UA 380 0 9-9|RS 381 0 8-9|HR 385 0 8-9|SI 386 0 8-8
BA 387 0 8-8|CZ 420 - 9-9|SK 421 0 9-9|LI 423 - 7-9|HK 852 - 8-8|TW 886 0 8-9
SA 966 0 8-9|AE 971 0 8-9|IL 972 0 8-9|QA 974 - 7-8|BD 880 0 8-10|CR 506 - 8-8
EC 593 0 8-9|UY 598 0 8-8|PY 595 0 8-9|BO 591 0 8-8|GT 502 - 8-8|PA 507 - 7-8
"""
_PLANS = {}
for _entry in _COUNTRIES.replace("\n", "|").split("|"):
    if _entry:
        _country, _code, _trunk, _digits = _entry.split()
        _shortest, _longest = _digits.split("-")
        _PLANS[_country] = (
            _code,
            "" if _trunk == "-" else _trunk,
            int(_shortest),
            int(_longest),
        )
_CODES: dict[str, list[tuple[str, int, int]]] = {}
for _code, _trunk, _shortest, _longest in _PLANS.values():
    _CODES.setdefault(_code, []).append((_trunk, _shortest, _longest))

_EXTENSION = re.compile(
    r"(?:ext|extension|x|#|;)[\s.:=]{0,3}\d{1,6}\s*$", re.IGNORECASE
)
_OPTIONAL_ZERO = re.compile(r"\(0\)")
_NOT_DIGITS = re.compile(r"\D")
# Telephone numbers inside of a text are believed only with a country in front, or
# behind a word that announces one.
_QUOTED = re.compile(
    r"(?:(?:\+|\b00)[1-9]|(?:tel|phone|call|mob|mobile|whatsapp|fon|telefon|t)[.:]{1,2}"
    r"\s?\(?\d)[\d\s().\-/]{6,22}\d",
    re.IGNORECASE,
)


def own_e164(text: str, country: str = "") -> str:
    """Return ``text`` as E.164 (+4930123456); "" if it is no number we can read.

    ``country`` (ISO code of two letters) is the default for numbers without one.
    """
    text = _OPTIONAL_ZERO.sub("", text.translate(_WIDE))
    digits = _NOT_DIGITS.sub("", text)
    if text.lstrip(" (").startswith("+"):
        return _international(digits)
    if digits.startswith("00"):
        return _international(digits[2:])
    if country in ("US", "CA") and digits.startswith("011"):
        return _international(digits[3:])
    plan = _PLANS.get(country)
    if plan is None:
        return ""
    code, trunk, shortest, longest = plan
    national = digits
    if trunk and digits.startswith(trunk):
        national = digits[len(trunk) :]
    if shortest <= len(national) <= longest:
        return f"+{code}{national}"
    if digits.startswith(code) and shortest <= len(digits) - len(code) <= longest:
        return f"+{digits}"
    return ""


def _international(digits: str) -> str:
    for length in (1, 2, 3):
        plans = _CODES.get(digits[:length])
        if not plans:
            continue
        national = digits[length:]
        for trunk, shortest, longest in plans:
            # A national prefix that should have gone: +49 030 …
            if trunk == "0" and national.startswith("0"):
                national = national[1:]
            if shortest <= len(national) <= longest:
                return f"+{digits[:length]}{national}"
        return ""
    return f"+{digits}" if 8 <= len(digits) <= 15 and digits[0] != "0" else ""


_WIDE = str.maketrans("０１２３４５６７８９＋", "0123456789+")


def e164(text: str, country: str = "") -> str:
    """As ``own_e164``, by phonenumbers if it is installed."""
    text = _EXTENSION.sub("", text[:MAX_PHONE])
    if sum(map(str.isdigit, text)) < 6:
        return ""
    if phonenumbers is None:
        return own_e164(text, country)
    text = _OPTIONAL_ZERO.sub("", text)
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def quoted_phones(text: str, country: str = "") -> list[str]:
    """Return the telephone numbers that ``text`` shows, as E.164."""
    found = (
        e164(match[0].lstrip("abcdefghilmnoprstwABCDEFGHILMNOPRSTW.: "), country)
        for match in _QUOTED.finditer(text)
    )
    return [number for number in found if number]
