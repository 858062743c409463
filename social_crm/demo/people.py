"""Who speaks: people with a contact in the demo, strangers, and we."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from ..connectors.records import Author
from .texts import LANGUAGES

HOSTS = ("pedals.example", "town.example", "wheel.example")
OUR_HOST = "velorin.example"
REVIEWS = "https://reviews.velorin.example"
STRANGERS = {"mastodon": 46, "bluesky": 34}  # a language

# slug: name, language, network, how we know whose profile it is ("": nobody's).
# With a basis there is a contact ``demo_partner_<slug>``.
PERSONAS = {
    "emma": ("Emma Hughes", "en", "mastodon", "given"),
    "jonas": ("Jonas Weber", "de", "mastodon", "given"),
    "tomas": ("Tomás Rivera", "es", "mastodon", "manual"),
    "anke": ("Anke Petersen", "de", "mastodon", "manual"),
    "oliver": ("Oliver Clarke", "en", "mastodon", "stated"),
    "grace": ("Grace Doyle", "en", "bluesky", "manual"),
    "nadia": ("Nadia Benali", "fr", "bluesky", "manual"),
    "karim": ("Karim Haddad", "fr", "mastodon", "manual"),
    "giulia": ("Giulia Marchetti", "it", "mastodon", "manual"),
    "enrico": ("Enrico Serra", "it", "bluesky", "manual"),
    "callum": ("Callum Reid", "en", "mastodon", "given"),
    "lucia": ("Lucía Navarro", "es", "bluesky", "given"),
    "priya": ("Priya Patel", "en", "mastodon", "stated"),
    "rowan": ("Rowan Quinn", "en", "mastodon", "manual"),
    "camille": ("Camille Moreau", "fr", "mastodon", "given"),
    "yann": ("Yann Perrin", "fr", "bluesky", "verified"),
    "maya": ("Maya Foster", "en", "bluesky", "given"),
    "heike": ("Heike Brandt", "de", "bluesky", "given"),
    "timo": ("Timo Krüger", "de", "mastodon", "manual"),
    "solene": ("Solène Aubert", "fr", "mastodon", "given"),
    "javier": ("Javier Ortega", "es", "mastodon", "stated"),
    "carmen": ("Carmen Castro", "es", "bluesky", "manual"),
    "bastian": ("Bastian Kessler", "de", "mastodon", "given"),
    "aaron": ("Aaron Whitmore", "en", "mastodon", "stated"),
    "leah": ("Leah Sutton", "en", "mastodon", "manual"),
    "theresa": ("Theresa Huber", "de", "bluesky", "manual"),
    "hugo": ("Hugo Lambert", "fr", "mastodon", "given"),
    "felix": ("Felix Gruber", "de", "mastodon", "manual"),
    "elena": ("Elena Vargas", "es", "mastodon", "manual"),
    "nicola": ("Nicola Conti", "it", "mastodon", "given"),
    "chloe": ("Chloe Barnes", "en", "bluesky", "given"),
    "sven": ("Sven Lorenz", "de", "bluesky", "manual"),
    "diego": ("Diego Molina", "es", "bluesky", "manual"),
    "ilaria": ("Ilaria Galli", "it", "bluesky", "given"),
    "marta": ("Marta Serrano", "es", "mastodon", ""),
    "birgit": ("Birgit Vogt", "de", "mastodon", ""),
    "davide": ("Davide Longo", "it", "mastodon", ""),
    "moritz": ("Moritz Engel", "de", "mastodon", ""),
    "marcus": ("Marcus Thorne", "en", "mastodon", ""),
    "greta": ("Greta Roth", "de", "bluesky", ""),
    "hannah": ("Hannah Lowe", "en", "bluesky", ""),
    "zoe": ("Zoe Lindgaard", "en", "mastodon", ""),
}
# Fans who answer what others ask.
HELPERS = {
    ("es", "mastodon"): "tomas",
    ("en", "mastodon"): "tomas",
    ("de", "mastodon"): "anke",
    ("fr", "bluesky"): "yann",
}
BIOS = {
    "yann": "Je filme ce qui roule. 48 000 abonnés, aucune publicité payée.",
    "heike": "Rheinrad Köln. Werkstatt, Kaffee, keine Ausreden.",
    "hannah": "Reporter, Harbour Courier. Repair, rivers, rents.",
    "tomas": "Valencia. 11.000 km en bici de carga, y contando.",
}
PLACES = {"marta": "Granada"}
FOLLOWERS = {"yann": 48210, "tomas": 3120, "anke": 1875, "hannah": 9640}


@dataclass(frozen=True)
class Person:
    slug: str
    name: str
    language: str
    network: str
    author: Author
    basis: str = ""

    @property
    def first_name(self):
        return self.name.split()[0]


def slug_of(name):
    """Return letters, digits and _ only, e.g. "Solène Aubert" as "solene_aubert"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain.lower()).strip("_")


def our_author(network):
    if network == "mastodon":
        url = f"https://{OUR_HOST}/@velorin"
        uri, handle = f"https://{OUR_HOST}/users/velorin", f"@velorin@{OUR_HOST}"
    elif network == "bluesky":
        uri, handle = "did:plc:velorindemo", OUR_HOST
        url = f"https://bsky.example/profile/{handle}"
    else:
        uri = url = REVIEWS
        handle = ""
    metrics = {"followers": 12840, "following": 96, "posts": 1420}
    bio = "E-bikes from Ghent. We read everything and answer on weekdays."
    return Author(uri, uri, handle, "Velorin", url, bio=bio, metrics=metrics)


class People:
    """All who speak, the same for the same ``rng``."""

    def __init__(self, rng, texts, now):
        self.rng = rng
        self.now = now
        self.ours = {code: our_author(code) for code in ("mastodon", "bluesky", "feed")}
        self.by_slug = {}
        self.crowd = {}
        told = texts.told()
        for slug, (name, language, network, basis) in PERSONAS.items():
            self._add(slug, name, language, network, basis, slug in told)
        for language in LANGUAGES:
            first, last = texts.names(language)
            for network, count in STRANGERS.items():
                self._add_strangers(language, network, first, last, count)

    def _add_strangers(self, language, network, first, last, count):
        taken = {name for name, *_rest in PERSONAS.values()}
        while len(self.crowd[language, network]) < count:
            name = f"{self.rng.choice(first)} {self.rng.choice(last)}"
            slug = slug_of(name)
            if name not in taken and slug not in self.by_slug:
                self._add(slug, name, language, network, "")

    def _add(self, slug, name, language, network, basis, told=False):
        author = self._author(slug, name, network)
        person = Person(slug, name, language, network, author, basis)
        self.by_slug[slug] = person
        crowd = self.crowd.setdefault((language, network), [])
        # Who has a story of their own says nothing that would not fit in.
        if not told:
            crowd.append(person)

    def _author(self, slug, name, network):
        rng, user = self.rng, slug_of(name)
        since = self.now - timedelta(days=rng.randint(120, 2600))
        if network == "mastodon":
            host = rng.choice(HOSTS)
            uri, url = f"https://{host}/users/{user}", f"https://{host}/@{user}"
            handle = f"@{user}@{host}"
        else:
            handle = f"{user.replace('_', '-')}.bsky.example"
            uri = f"did:plc:demo{user.replace('_', '')}"
            url = f"https://bsky.example/profile/{handle}"
        followers = FOLLOWERS.get(slug) or int(rng.lognormvariate(4.2, 1.1))
        metrics = {
            "followers": followers,
            "following": rng.randint(20, 900),
            "posts": rng.randint(5, 4000),
        }
        links = ("https://yannroule.example",) if slug == "yann" else ()
        return Author(
            uid=uri,
            uri=uri,
            handle=handle,
            name=name,
            url=url,
            bio=BIOS.get(slug, ""),
            location=PLACES.get(slug, ""),
            metrics=metrics,
            verified_links=links,
            created_at=since.replace(hour=0, minute=0, second=0),
        )

    def somebody(self, language, network):
        """Return one of the crowd: a few speak often, most seldom."""
        return self._one_of(self.crowd[language, network])

    def _one_of(self, crowd):
        return crowd[int(len(crowd) * self.rng.random() ** 1.7)]

    def helper(self, language, network):
        slug = HELPERS.get((language, network))
        return self.by_slug[slug] if slug else self.somebody(language, network)

    def reviewer(self, language):
        """Return the author of a review: a name on a site that has no profiles.

        Nobody's who has a contact: a name alone says not whether it is they.
        """
        network = self.rng.choice(("mastodon", "bluesky"))
        crowd = [one for one in self.crowd[language, network] if not one.basis]
        name = self._one_of(crowd).name
        uri = f"{REVIEWS}/people/{slug_of(name)}"
        return Author(uid=uri, uri=uri, name=name, url=uri)
