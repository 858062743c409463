"""People whom one may take for a contact: some are, and some are traps."""

from dataclasses import dataclass

from ..connectors.records import Author


@dataclass(frozen=True)
class Stranger:
    """Somebody without a link, and what they said so many hours ago.

    ``contact`` is the slug of the contact ``demo_partner_<slug>`` that they are, where
    what the screen shows can tell.
    """

    name: str
    user: str
    network: str
    language: str
    hours: int
    text: str
    bio: str = ""
    place: str = ""
    contact: str = ""

    def author(self):
        handle = f"{self.user.replace('_', '-')}.bsky.example"
        uri, url = f"did:plc:demo{self.user}", f"https://bsky.example/profile/{handle}"
        if self.network == "mastodon":
            uri = f"https://wheel.example/users/{self.user}"
            url = f"https://wheel.example/@{self.user}"
            handle = f"@{self.user}@wheel.example"
        return Author(
            uri, uri, handle, self.name, url, bio=self.bio, location=self.place
        )


STRANGERS = (
    # They are who they seem to be: an e-mail address,
    Stranger(
        "Noor de Vries", "noordevries", "bluesky", "en", 6,
        "Does the Velorin Cargo fit through a standard Utrecht front door? Asking"
        " before I saw anything off.",
        "noor@mail.example", "Utrecht, Netherlands", "noor",
    ),
    # a phone number,
    Stranger(
        "A. Whitmore", "whitmore_wheels", "bluesky", "en", 13,
        "Somebody tell Velorin that snow exists. The mudguards of the City do not know"
        " it.",
        "Two wheels, two cats. Shop: +1 416 555 0119", "Toronto, Canada", "aaron",
    ),
    # a company,
    Stranger(
        "Marlene Roth", "marlene_roth", "mastodon", "de", 9,
        "Unsere Gäste fragen nach dem Velorin Trail. Wer hat ihn im Verleih?"
        " #velorin",
        "Am Empfang von Alpenrad Verleih", "Chur", "marlene",
    ),
    Stranger(
        "Lieve Peeters", "lieve_fietspunt", "bluesky", "en", 14,
        "Three customers this week wanted the Velorin City in the colour that is sold"
        " out. Velorin, are you reading this?",
        "Fietspunt Gent", "Gent, Belgium", "lieve",
    ),
    # the same for a pet name,
    Stranger(
        "Resi Huber", "resi_am_see", "mastodon", "de", 7,
        "Probefahrt mit dem Velorin Cargo auf der Mole. Jetzt wollen alle Touristen"
        " mit. #velorin",
        "Seegemeinde Mobil, Abteilung Rückenwind", "Lindau", "theresa",
    ),
    # and for other letters.
    Stranger(
        "Ελένη Μάρκου", "elenimarkou", "mastodon", "en", 10,
        "Coast road and back on the Velorin Trail: 31 % left, in the battery. In me,"
        " less. #velorin",
        "", "Athens, Greece", "eleni",
    ),
    # Two contacts have this name in this town: one profile says which of them it is,
    # the other does not.
    Stranger(
        "Julia Brenner", "juliabrenner", "bluesky", "de", 16,
        "Acht Velorin Cargo entlüftet. Bremsen gut, Hände schwarz.",
        "Velostation Dreisam, Werkstatt", "Freiburg", "julia_dreisam",
    ),
    Stranger(
        "Julia Brenner", "julia_brenner", "mastodon", "de", 12,
        "Zwei Kinder, ein Velorin Cargo, kein Stellplatz vor der Kita. #velorin",
        "", "Freiburg",
    ),
    # Customers of a company: they name an address that all there use, and have the
    # name of somebody there, or half of it.
    Stranger(
        "Grace Doyle", "grace_doyle_dub", "mastodon", "en", 15,
        "The parcel came late. It came on a Velorin Cargo, so the courier is forgiven."
        " #velorin",
        "Lost a parcel, too? depot@swiftline.example, and good luck", "Dublin",
    ),
    Stranger(
        "Lena Brandt", "lena_brandt", "mastodon", "de", 11,
        "Mein Velorin City steht seit Montag in der Werkstatt. #velorin",
        "Rad kaputt? Frag werkstatt@rheinrad.example", "Köln",
    ),
    # A fan, who names the website of the idol, which does not link back.
    Stranger(
        "Yann Perrin", "yannperrin_fans", "mastodon", "fr", 8,
        "Yann a encore testé le Velorin Trail, la vidéo est folle. #velorin",
        "Compte de fans, rien d'officiel. https://yannroule.example",
    ),
    # A namesake in another country.
    Stranger(
        "Elena Vargas", "elenavargas_mad", "bluesky", "es", 5,
        "Probé el Velorin City en Madrid. Frena bien, pesa mucho.",
        "Arquitecta", "Madrid, España",
    ),
)  # fmt: skip
