"""How much each observation says: m and u of Fellegi and Sunter (1969).

m is how often an observation is made of two records of one person, u how often of two
people. Where u is how common the value is, it is None here: the population knows it.
``make quality ARGS=estimate`` estimates them: m without labels, by expectation and
maximisation, on a part of the data that is not measured; u from random pairs. What no
data set has, or has unlike life, is a careful guess and marked so. docs/matching.md.
"""

from math import log2

# code: (m, u)
TABLE = {
    "first_same": (0.67, None),
    "first_nickname": (0.03, 0.001),  # guess of m: made-up people have no short names
    "first_more": (0.03, 0.001),  # counted with the one above
    "first_close": (0.22, 0.003),
    "first_initial": (0.02, 0.06),  # guess
    "first_near": (0.06, 0.02),
    "first_differs": (0.05, 0.97),
    "last_same": (0.63, None),
    "last_close": (0.3, 0.003),
    "last_initial": (0.01, 0.06),  # guess
    "last_near": (0.04, 0.016),
    "last_part": (0.01, None),  # guess
    "last_differs": (0.035, 0.97),
    "name_differs": (0.05, 0.94),  # both; guess: people have pseudonyms
    "name_swapped": (0.08, 0.5),
    "name_lookalike": (0.0005, 0.5),  # guess
    "handle_same": (0.9, 2**-26),  # guess: handles are taken over by others
    "handle_linked": (0.6, 2**-22),  # guess: a website may name its maker
    "handle_alike": (0.4, 2**-7),  # guess
    "handle_full": (0.34, None),
    "handle_nickname": (0.05, None),
    "handle_initial": (0.07, None),
    "handle_last": (0.12, None),
    "handle_loose": (0.01, None),
    "handle_first_initial": (0.1, None),
    "handle_first": (0.04, None),
    "handle_other": (0.005, None),
    "handle_none": (0.27, 0.97),
    "zip_same": (0.8, None),
    "zip_close": (0.14, 0.012),
    "zip_differs": (0.05, 0.98),  # guess: people move
    "city_same": (0.68, None),
    "city_close": (0.25, 0.01),
    "city_differs": (0.06, 0.96),
    "state_same": (0.96, None),
    "state_differs": (0.035, 0.78),
    "country_same": (0.97, None),  # guess
    "country_differs": (0.035, 0.8),  # guess
    "birthdate_same": (0.7, 2.7e-5),
    "birthdate_close": (0.1, 0.004),
    "birthdate_near": (0.1, 0.12),
    "birthdate_differs": (0.1, 0.88),
    "id_same": (0.9, 2**-32),  # guess
    "id_close": (0.04, 2**-16),
    "id_differs": (0.05, 0.999),
    "email_same": (0.8, 2**-30),  # guess of u
    "email_close": (0.13, 2**-18),
    "email_user": (0.05, 2**-9),  # guess
    "email_differs": (0.25, 0.999),  # guess: people have several
    "email_quoted": (0.4, 2**-22),  # guess: anybody may write it into a bio
    "email_told": (0.4, 2**-20),  # guess: whoever told us may be wrong
    "email_shared": (0.8, 0.1),  # guess: it points to a company or a family
    "phone_same": (0.8, 2**-27),  # guess
    "phone_differs": (0.4, 0.999),  # guess: people have several
    "phone_quoted": (0.4, 2**-20),  # guess
    "phone_told": (0.4, 2**-18),  # guess
    "phone_shared": (0.8, 0.1),  # guess
    "url_verified": (0.8, 2**-28),  # guess
    "url_same": (0.5, 2**-9),  # guess: anybody may claim it
    "url_told": (0.5, 2**-9),  # guess
    "url_shared": (0.5, 0.1),  # guess
    "domain_same": (0.5, None),  # guess
    "domain_shared": (0.25, 0.1),  # guess: customers name info@, too
    "company_same": (0.6, None),  # guess
    "company_close": (0.1, 0.004),  # guess
    "company_in_bio": (0.3, 0.003),  # guess
    "company_differs": (0.3, 0.95),  # guess
    "language_same": (0.9, None),  # guess
    "language_differs": (0.1, 0.5),  # guess
}
# Bits of each observation; where u is None, without what the population says.
BITS = {code: log2(m) - (log2(u) if u else 0) for code, (m, u) in TABLE.items()}
# A personal address beside another name leaves few people: a family, a pseudonym. So
# many bits more than the prior takes, at most (guess: 19 of 20 are the same person).
OTHER_NAME_BITS = 4.25

# Fields that are known independently of each other.
NAME, PLACE, EMAIL, PHONE, WEB, HANDLE, BIRTHDAY, WORK, PERSONAL = range(1, 10)
_FIELDS = {
    "first": NAME, "last": NAME, "name": NAME, "handle": NAME, "zip": PLACE,
    "city": PLACE, "state": PLACE, "country": PLACE, "birthdate": BIRTHDAY,
    "email": EMAIL, "phone": PHONE, "url": WEB, "domain": WORK, "company": WORK,
    "id": PERSONAL, "language": 0,
}  # fmt: skip
FIELD = {code: _FIELDS[code.partition("_")[0]] for code in TABLE}
FIELD["handle_same"] = FIELD["handle_linked"] = HANDLE
