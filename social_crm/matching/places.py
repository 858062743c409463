"""Countries, states and towns under one name each."""

from functools import lru_cache

from .names import fold, words

# Names of countries in their own language and in English, by ISO code.
_COUNTRIES = """
US usa unitedstates unitedstatesofamerica america|GB uk unitedkingdom greatbritain
england scotland wales|DE germany deutschland|FR france|ES spain espana|IT italy italia
PT portugal|NL netherlands thenetherlands nederland holland|BE belgium belgie belgique
AT austria osterreich|CH switzerland schweiz suisse svizzera|LU luxembourg|IE ireland
eire|DK denmark danmark|SE sweden sverige|NO norway norge|FI finland suomi|IS iceland
PL poland polska|CZ czechia czechrepublic cesko|SK slovakia slovensko|HU hungary
magyarorszag|RO romania|BG bulgaria|GR greece ellada hellas|HR croatia hrvatska
RS serbia srbija|SI slovenia|UA ukraine ukraina|RU russia rossiya russianfederation
BY belarus|EE estonia eesti|LV latvia latvija|LT lithuania lietuva|TR turkey turkiye
CA canada|MX mexico|BR brazil brasil|AR argentina|CL chile|CO colombia|PE peru
VE venezuela|AU australia|NZ newzealand|JP japan nihon|CN china|KR southkorea korea
IN india bharat|ID indonesia|MY malaysia|SG singapore|TH thailand|VN vietnam
PH philippines|ZA southafrica|EG egypt|MA morocco maroc|NG nigeria|KE kenya|IL israel
SA saudiarabia|AE unitedarabemirates uae|HK hongkong|TW taiwan|PK pakistan
"""
_STATES = """
AL alabama|AK alaska|AZ arizona|AR arkansas|CA california|CO colorado|CT connecticut
DE delaware|FL florida|GA georgia|HI hawaii|ID idaho|IL illinois|IN indiana|IA iowa
KS kansas|KY kentucky|LA louisiana|ME maine|MD maryland|MA massachusetts|MI michigan
MN minnesota|MS mississippi|MO missouri|MT montana|NE nebraska|NV nevada
NH newhampshire|NJ newjersey|NM newmexico|NY newyork|NC northcarolina|ND northdakota
OH ohio|OK oklahoma|OR oregon|PA pennsylvania|RI rhodeisland|SC southcarolina
SD southdakota|TN tennessee|TX texas|UT utah|VT vermont|VA virginia|WA washington
WV westvirginia|WI wisconsin|WY wyoming|NSW newsouthwales|QLD queensland|VIC victoria
TAS tasmania|ON ontario|QC quebec|BC britishcolumbia|AB alberta
"""
_TOWNS = """
munich munchen muenchen monaco di baviera|cologne koln koeln|vienna wien|rome roma
milan milano mailand|florence firenze florenz|venice venezia venedig|naples napoli
turin torino|prague praha prag|warsaw warszawa warschau|lisbon lisboa lissabon
brussels bruxelles brussel|geneva geneve genf|zurich zuerich|nuremberg nurnberg
the hague den haag|copenhagen kobenhavn|moscow moskva moskau|athens athina athen
bucharest bucuresti|belgrade beograd|seville sevilla|kyiv kiev kyyiv|new york nyc
"""


def _codes(table: str) -> dict[str, str]:
    codes, code = {}, ""
    for word in table.replace("|", " ").split():
        if word.isupper():
            code = word.lower()
        codes[word.lower()] = code
    return codes


_COUNTRY_CODES = _codes(_COUNTRIES)
_STATE_CODES = _codes(_STATES)
_TOWN_NAMES = {}
for _line in _TOWNS.strip().replace("|", "\n").split("\n"):
    _names = {
        "monaco di baviera": "monacodibaviera",
        "the hague": "thehague",
        "den haag": "denhaag",
        "new york": "newyork",
    }
    for _phrase, _joined in _names.items():
        _line = _line.replace(_phrase, _joined)
    for _name in _line.split():
        _TOWN_NAMES[_name] = _line.split()[0]
_AROUND = frozenset("greater area metropolitan metro city region bay of".split())


@lru_cache(maxsize=1 << 12)
def country_code(text: str) -> str:
    """Return the ISO code of a country in lower case ("de"), or its folded name."""
    name = "".join(words(text[:60]))
    return _COUNTRY_CODES.get(name, name)


@lru_cache(maxsize=1 << 12)
def state_code(text: str) -> str:
    """Return the usual code of a state in lower case ("ca"), or its folded name."""
    name = "".join(words(text[:60]))
    return _STATE_CODES.get(name, name)


@lru_cache(maxsize=1 << 12)
def town(text: str) -> str:
    """Return the folded name of a town without spaces; the English one if known."""
    found = words(text[:80])
    name = "".join([word for word in found if word not in _AROUND] or found)
    return _TOWN_NAMES.get(name, name)[:40]


@lru_cache(maxsize=1 << 12)
def postcode(text: str) -> str:
    """Return a postcode without spaces and signs, in lower case."""
    return "".join(filter(str.isalnum, fold(text[:20])))[:12]


def is_state(text: str) -> bool:
    """Whether a text names a state that has a code here: CA is California first."""
    return "".join(words(text[:60])) in _STATE_CODES
