"""Dates as feeds write them: by RFC 822, by ISO 8601, and by hand."""

import re
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from functools import lru_cache

# In minutes. Letters of the military zones count as UTC (RFC 5322, 4.3).
_ZONES = {
    name: minutes
    for minutes, names in {
        -600: "hst",
        -540: "akst",
        -480: "pst akdt",
        -420: "mst pdt",
        -360: "cst mdt",
        -300: "est cdt",
        -240: "edt ast",
        -210: "nst",
        -180: "adt brt art",
        -150: "ndt",
        -120: "brst",
        0: "gmt ut utc wet",
        60: "cet met mez bst west",
        120: "cest mest mesz eet sast",
        180: "eest msk trt",
        240: "msd gst",
        330: "ist",
        420: "wib ict",
        480: "sgt hkt awst pht",
        540: "jst kst",
        570: "acst",
        600: "aest",
        630: "acdt",
        660: "aedt",
        720: "nzst",
        780: "nzdt",
    }.items()
    for name in names.split()
}
# Each line is a month: beginnings of its name, without accents, in English, German,
# French, Spanish, Italian, Portuguese, Dutch, Nordic languages, Finnish, Polish,
# Czech, Hungarian, Turkish, Greek, Russian and Ukrainian.
_MONTHS = [
    names.split()
    for names in """jan jän ene gen sty led tammi oca ιαν янв січ
        feb fev febbr fév lut helmi uno sub φεβ фев лют
        mar mär mrt maa mrz maalis brez maer μαρ мар бер
        apr avr abr kwi dub huhti nis απρ апр кві
        may mai mei maj mag touko kve μαι μαϊ май мая тра
        jun juin giu cze cerven cervna kesa haz ιουν июн чер
        jul juil lug lip cervenec cervence heina tem ιουλ июл лип
        aug aou ago sie elo srp αυγ авг сер
        sep set sie wrz syys zar eyl σεπ сен вер
        oct okt ott out paz rij loka eki οκτ окт жов
        nov lis marras kas noe νοε ноя лис
        dec dez dic dez gru pro joulu ara des δεκ дек гру""".splitlines()
]
_ISO = re.compile(
    r"(\d{4})(?:-?W(\d\d)(?:-?([1-7]))?|-?(\d{3})(?!\d)"
    r"|([-/.]?)(\d{1,2})(?:\5(\d{1,2}))?)?(?!\d*[-/.]\d)"
    r"(?:[T\s_]+(?P<time>(?:[^\W\d]+\s)?\d.*))?\s*(?P<zone>[zZ]|[-+]\d\d:?\d\d)?"
)
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d\d?)\s*[月월]\s*(\d\d?)\s*[日일]?(.*)")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)\b(.*)")
_TIME = re.compile(
    r"(\d{1,2})(?:(?:[:h.]|시\s?|時\s?)(\d{1,2})(?:(?:[:m.]|분\s?|分\s?)(\d{1,2})"
    r"(?:[.,]\d+)?)?|(?=\s?[apAP]\.?[mM]))"
)
_BASIC_TIME = re.compile(r"(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?(?![\d:])")
_OFFSET = re.compile(r"([-+])\s?(\d{1,2}):?(\d\d)?(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")


@lru_cache(maxsize=4096)
def parse_date(text: str) -> datetime | None:
    """Return the moment in UTC, None for what is no date.

    Without a zone, UTC is assumed. Years of two digits are of 1970…2069; the year 1
    and the first second of 1970 stand for "no date" in some software.
    """
    text = " ".join(text.split())
    if not text or len(text) > 100:
        return None
    for read in (_epoch, _iso, _cjk, _numeric, _words):
        with suppress(ValueError, OverflowError):
            moment = read(text)
            if moment is not None:
                moment = moment.astimezone(timezone.utc)
                is_date = 1900 < moment.year < 9000 and moment.timestamp() != 0
                return moment if is_date else None
    return None


def _epoch(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{9,13}(\.\d*)?|\d{16}", text):
        return None
    seconds = float(text)
    while seconds > 1e11:  # milli- or microseconds
        seconds /= 1000
    return datetime.fromtimestamp(seconds, timezone.utc)


def _iso(text: str) -> datetime | None:
    if re.fullmatch(r"(19|20)\d{12}", text):
        text = f"{text[:8]}T{text[8:]}"
    match = _ISO.match(text)
    if not match or (match.end() < len(text) and not match["time"]):
        return None
    year, week, weekday, ordinal, _separator, month, day = match.groups()[:7]
    if week:
        moment = datetime.fromisocalendar(int(year), int(week), int(weekday or 1))
    elif ordinal:
        moment = datetime(int(year), 1, 1) + timedelta(int(ordinal) - 1)
    else:
        moment = datetime(int(year), int(month or 1), int(day or 1))
    return _at(moment, match["time"] or match["zone"] or "")


def _cjk(text: str) -> datetime | None:
    match = _CJK.search(text)
    if not match:
        return None
    return _at(datetime(*map(int, match.groups()[:3])), match[4])


def _numeric(text: str) -> datetime | None:
    """12/31/2004 and 31.12.2004: a point means that the day is first."""
    match = _NUMERIC.search(text)
    if not match:
        return None
    first, second, year = int(match[1]), int(match[3]), _year(match[4])
    day_first = match[2] != "/" or first > 12
    day, month = (first, second) if day_first else (second, first)
    return _at(datetime(year, month, day), match[5])


def _words(text: str) -> datetime | None:
    """RFC 822, asctime and what people write, in any order: the month is a name."""
    time = _TIME.search(text)
    date, rest = (text[: time.start()], text[time.start() :]) if time else (text, "")
    if time and len(_NUMBER.findall(date)) < 2:
        date += " " + _OFFSET.sub(" ", text[time.end() :])
    # The last one: "mar." is also a Tuesday, which stands before the date.
    month = next(filter(None, map(_month, reversed(_WORD.findall(date)))), None)
    numbers = _NUMBER.findall(date)[:2]
    if month is None or len(numbers) < 2:
        return None
    if len(numbers[0]) >= 3:
        numbers.reverse()
    return _at(datetime(_year(numbers[1]), month, int(numbers[0])), rest)


def _month(word: str) -> int | None:
    word = word.lower()
    plain = unicodedata.normalize("NFD", word)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    best = (0, None)
    for number, names in enumerate(_MONTHS, 1):
        for name in names:
            if len(name) > best[0] and (
                word.startswith(name) or plain.startswith(name)
            ):
                best = (len(name), number)
    return best[1]


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) < 4:
        # 104 is what programs write that count years since 1900.
        year += 1900 if year >= 70 else 2000
    return year


def _at(day: datetime, text: str) -> datetime:
    """Return ``day`` at the time and zone that ``text`` names."""
    text = text.strip()
    time = _TIME.match(text) or _BASIC_TIME.match(text) or _TIME.search(text)
    hour, minute, second = map(int, time.groups("0")) if time else (0, 0, 0)
    zone = text[time.end() :] if time else text
    half = re.search(
        r"(?<![^\W\d])([ap])\.?m\b|오전|오후|午前|午後|上午|下午", text.lower()
    )
    if half and hour <= 12:
        late = half[1] == "p" or half[0] in ("오후", "午後", "下午")
        hour = hour % 12 + 12 * late
    if hour > 24 or minute > 59 or second > 61:
        raise ValueError("no time of a day")
    moment = day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    return (moment - _offset(zone)).replace(tzinfo=timezone.utc)


def _offset(text: str) -> timedelta:
    if match := _OFFSET.search(text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > 24 * 60:
            return timedelta(0)
        return timedelta(minutes=-minutes if match[1] == "-" else minutes)
    for word in _WORD.findall(text.lower()):
        if word in _ZONES:
            return timedelta(minutes=_ZONES[word])
    return timedelta(0)
