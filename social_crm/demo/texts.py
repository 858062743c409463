"""What people say, in five languages: sentences from ``texts/`` put together."""

from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("en", "de", "fr", "es", "it")
BIKES = ("Velorin City", "Velorin Cargo", "Velorin Trail")
RIVALS = ("Kestrel Haul", "Kestrel Urban", "Zephyron Box", "Zephyron Swift")
MINUTES = ("05", "10", "20", "40", "55")
# Tries to find words that nobody has used yet.
TRIES = 12

# The mood of what is said, -1…1. Nothing reads moods from texts yet; the generator
# knows them, since it chose the sentences.
MOODS = {
    "praise": 0.8,
    "tour": 0.6,
    "question": 0.0,
    "dealer": 0.1,
    "service": -0.7,
    "defect": -0.6,
    "delivery": -0.6,
    "app": -0.5,
    "compare": 0.0,
    "idea": 0.3,
    "outage": -0.7,
    "restored": 0.4,
    "spam": 0.1,
    "job": 0.2,
    "press": 0.0,
    "review5": 0.9,
    "review4": 0.6,
    "review3": 0.0,
    "review2": -0.5,
    "review1": -0.8,
    "message": -0.1,
    "peer": 0.4,
    "comment+": 0.7,
    "comment0": 0.0,
    "comment-": -0.6,
    "thanks": 0.7,
    "angry": -0.8,
    "askback": -0.1,
}
# Which way an opening and a closing sentence must lean to fit.
FRAMES = {
    "praise": "+",
    "tour": "+",
    "question": "0",
    "dealer": "0",
    "compare": "0",
    "idea": "0",
    "service": "-",
    "defect": "-",
    "delivery": "-",
    "app": "-",
    "outage": "-",
}


def read(name):
    """Return {section: lines} of a file of ``texts/``."""
    sections, lines = {}, []
    for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return sections


class Texts:
    """Says things, each at most once where the words allow it."""

    def __init__(self, rng, year):
        self.rng = rng
        self.year = year
        self.said = set()
        self.sections = {language: read(language) for language in LANGUAGES}
        self.slots = {
            language: {
                name: [value.strip() for value in values.split("|")]
                for name, _colon, values in (
                    line.partition(":") for line in sections["slots"]
                )
            }
            for language, sections in self.sections.items()
        }

    @staticmethod
    def told():
        """Return the names of those who have a story in ``threads.txt``."""
        lines = (FOLDER / "threads.txt").read_text("utf-8").splitlines()
        return {line.split()[0] for line in lines if line[:1].isalpha()} - {"us"}

    def names(self, language):
        """Return (first names, last names) of a language."""
        sections = self.sections[language]
        return tuple(" ".join(sections[part]).split() for part in ("first", "last"))

    def say(self, kind, language, **slots):
        """Return a text of this kind (a section of the files)."""
        text = ""
        for _try in range(TRIES):
            text = self._say(kind, language, slots)
            if text not in self.said:
                break
        self.said.add(text)
        return text

    def title(self, language, stars):
        section = "title5" if stars > 3 else "title3" if stars == 3 else "title1"
        return self.rng.choice(self.sections[language][section][0].split(" | "))

    def _say(self, kind, language, slots):
        rng, sections = self.rng, self.sections[language]
        parts = [rng.choice(sections[kind])]
        if lean := FRAMES.get(kind):
            if rng.random() < 0.4:
                parts.insert(0, rng.choice(sections[f"open{lean}"]))
            if rng.random() < 0.45:
                parts.append(rng.choice(sections[f"close{lean}"]))
        text = " ".join(parts).format_map(self._fill(language, slots))
        return text[0].upper() + text[1:]

    def _fill(self, language, slots):
        rng = self.rng
        fill = {
            name: rng.choice(values) for name, values in self.slots[language].items()
        }
        fill |= {
            "bike": rng.choice(BIKES),
            "rival": rng.choice(RIVALS),
            "km": rng.randint(52, 148),
            "min": rng.randint(12, 58),
            "days": rng.randint(3, 19),
            "weeks": rng.randint(2, 7),
            "n": rng.randint(2, 9),
            "pct": rng.randint(21, 98),
            "cm": rng.randint(55, 94),
            "price": rng.randint(249, 589) * 10,
            "order": rng.randint(46000, 52999),
            "hour": f"{rng.randint(7, 20)}:{rng.choice(MINUTES)}",
            "year": self.year - rng.randint(1, 3),
        }
        return fill | slots
