"""How much each observation says: m and u of Fellegi and Sunter (1969).

m is how often an observation is made of two records of one person, u how often of two
people. Where a third number would be the commonness of a value, u is None: it is taken
from the population. ``dev/quality/estimate.py`` estimates m (by expectation and
maximisation, without labels, on a part of the test data that is not measured) and u
(from random pairs) of names, places, birth dates and e-mails; what no data set has is a
careful guess, marked so.
"""

from math import log2

# code: (m, u)
NAMES = {
    "first_same": (0.67, None),
    "first_nickname": (0.04, 0.004),
    "first_close": (0.15, 0.004),
    "first_initial": (0.02, 0.06),
    "first_near": (0.05, 0.04),
    "first_differs": (0.08, 0.95),
    "last_same": (0.70, None),
    "last_close": (0.18, 0.0025),
    "last_initial": (0.01, 0.06),
    "last_near": (0.05, 0.03),
    "last_part": (0.01, None),
    "last_differs": (0.06, 0.96),
    "name_swapped": (0.06, 0.5),
    "name_lookalike": (0.0005, 0.5),  # guess
}
HANDLES = {
    "handle_same": (0.9, 2**-26),  # guess
    "handle_alike": (0.4, 2**-7),  # guess
    "handle_full": (0.35, None),
    "handle_nickname": (0.06, None),
    "handle_initial": (0.12, None),
    "handle_last": (0.2, None),
    "handle_loose": (0.1, None),
    "handle_first_initial": (0.03, None),
    "handle_first": (0.08, None),
    "handle_none": (0.2, 0.97),
}
PLACES = {
    "zip_same": (0.8, None),
    "zip_close": (0.1, 0.01),
    "zip_differs": (0.12, 0.97),
    "city_same": (0.7, None),
    "city_close": (0.15, 0.005),
    "city_differs": (0.13, 0.96),
    "state_same": (0.9, None),
    "state_differs": (0.1, 0.8),
    "country_same": (0.95, None),
    "country_differs": (0.05, 0.8),
}
BIRTH = {
    "birthdate_same": (0.6, 5e-5),
    "birthdate_close": (0.25, 0.003),
    "birthdate_near": (0.05, 0.03),
    "birthdate_differs": (0.07, 0.96),
}
CONTACTS = {
    "email_same": (0.8, 2**-30),
    "email_close": (0.12, 2**-20),
    "email_user": (0.05, 2**-9),
    "email_differs": (0.25, 0.999),
    "phone_same": (0.8, 2**-27),
    "phone_differs": (0.4, 0.999),  # guess: people have several
    "email_quoted": (0.4, 2**-22),  # guess: anybody may write it
    "phone_quoted": (0.4, 2**-20),  # guess
    "email_shared": (0.8, 0.1),  # a role or many records: a company, a family
    "phone_shared": (0.8, 0.1),
    "url_shared": (0.5, 0.1),
    "url_verified": (0.8, 2**-28),  # guess
    "url_same": (0.5, 2**-9),  # guess: anybody may claim it
    "domain_same": (0.5, None),
    "company_same": (0.6, None),
    "company_close": (0.1, 0.004),
    "company_in_bio": (0.3, 0.003),
    "company_differs": (0.3, 0.95),
    "language_same": (0.9, None),
    "language_differs": (0.1, 0.5),
}
TABLE = NAMES | HANDLES | PLACES | BIRTH | CONTACTS
# Bits of each observation; without what the population says where u is None.
BITS = {code: log2(m) - (log2(u) if u else 0) for code, (m, u) in TABLE.items()}
# A personal address beside another name: mostly a family's.
OTHER_NAME_BITS = 14.0

# Fields that are known independently of each other.
NAME, PLACE, EMAIL, PHONE, WEB, HANDLE, BIRTHDAY, WORK = (1 << n for n in range(8))
FIELDS = {
    "first": NAME, "last": NAME, "name": NAME, "zip": PLACE, "city": PLACE,
    "state": PLACE, "country": PLACE, "birthdate": BIRTHDAY, "email": EMAIL,
    "phone": PHONE, "url": WEB, "domain": WORK, "company": WORK, "language": 0,
}  # fmt: skip
FIELD = {code: FIELDS.get(code.partition("_")[0], NAME) for code in TABLE}
FIELD["handle_same"] = HANDLE
FIELD["handle_alike"] = HANDLE
