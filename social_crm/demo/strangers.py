"""People whom one may take for a contact: some are, and some are traps."""

from dataclasses import dataclass

from ..connectors.records import Author


@dataclass(frozen=True)
class Stranger:
    """Somebody without a link, and what they said so many hours ago."""

    name: str
    user: str
    network: str
    language: str
    hours: int
    text: str
    bio: str = ""
    place: str = ""

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
    # They are who they seem to be.
    Stranger(
        "Noor de Vries", "noordevries", "bluesky", "en", 6,
        "Does the Velorin Cargo fit through a standard Utrecht front door? Asking"
        " before I saw anything off.",
        "noor@mail.example", "Utrecht, Netherlands",
    ),
    Stranger(
        "Marlene Roth", "marlene_roth", "mastodon", "de", 9,
        "Unsere Gäste fragen nach dem Velorin Trail. Wer hat ihn im Verleih?"
        " #velorin",
        "Am Empfang von Alpenrad Verleih", "Chur",
    ),
    Stranger(
        "Lieve Peeters", "lieve_fietspunt", "bluesky", "en", 14,
        "Three customers this week wanted the Velorin City in the colour that is sold"
        " out. Velorin, are you reading this?",
        "Fietspunt Gent", "Gent, Belgium",
    ),
    # A namesake in another country.
    Stranger(
        "Elena Vargas", "elenavargas_mad", "bluesky", "es", 5,
        "Probé el Velorin City en Madrid. Frena bien, pesa mucho.",
        "Arquitecta", "Madrid, España",
    ),
    # A fan who names his website, which does not link back.
    Stranger(
        "Yann Perrin", "yannperrin_fans", "mastodon", "fr", 8,
        "Yann a encore testé le Velorin Trail, la vidéo est folle. #velorin",
        "Compte de fans, rien d'officiel. https://yannroule.example",
    ),
    # A customer of the workshop who names its address, not her own.
    Stranger(
        "Lena Brandt", "lena_brandt", "mastodon", "de", 11,
        "Mein Velorin City steht seit Montag in der Werkstatt. #velorin",
        "Rad kaputt? Frag werkstatt@rheinrad.example", "Köln",
    ),
)  # fmt: skip
