"""Who is speaking: is this profile of a network one of our records?

Pure Python: knows neither Odoo nor a database. ``rapidfuzz`` and ``phonenumbers`` are
used when they are installed. See docs/matching.md.
"""

from .facts import Facts, facts_of
from .keys import (
    exact_keys,
    handle_keys,
    index_keys,
    name_keys,
    place_key,
    search_keys,
)
from .population import Population
from .scoring import Match, Reason, best_matches, score
