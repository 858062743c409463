"""Texts with the statistics of speech: thousands of words, a few very common."""

import random
from itertools import accumulate

VOCABULARY = 8000
SENTENCES = 20_000
_CONSONANTS = (
    "b c d f g h j k l m n p r s t v w z br ch cr dr fl gr pl pr sh st tr".split()
)
_VOWELS = "a e i o u ai ea ou é ö".split()


def vocabulary(source):
    """Return ``VOCABULARY`` different words, short ones first as in any language."""
    words = {}
    while len(words) < VOCABULARY:
        syllables = 1 + len(words) * 3 // VOCABULARY + source.randint(0, 1)
        word = "".join(
            source.choice(_CONSONANTS) + source.choice(_VOWELS)
            for _syllable in range(syllables)
        )
        words[word + source.choice(("", "", "n", "s", "t", "r"))] = True
    return list(words)


def sentences(seed=19, count=SENTENCES):
    """Return ``count`` sentences of 10 to 18 words, drawn by Zipf's law."""
    source = random.Random(seed)
    words = vocabulary(source)
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    found = []
    for _number in range(count):
        chosen = source.choices(words, cum_weights=weights, k=source.randint(10, 18))
        found.append(" ".join(chosen).capitalize() + source.choice(".!?…"))
    return found
