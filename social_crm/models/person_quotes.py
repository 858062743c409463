"""Finding what a person said where colleagues have quoted it."""

import re

# Words in a row that make a quote; fewer are anybody's.
RUN = 5
# So many make one anywhere, not only beside the person.
LONG = 8
MIN_CHARS = 25
MAX_WORDS = 1_000_000
# What stands where the quote stood.
CUT = "[…]"
# Tags and character references are no words.
_PIECE = re.compile(r"<[^>]*>|&#?\w+;|\w+")
_TAG = re.compile(r"<[^>]*>|[^<]+|<")


def _words(text):
    """Return the words of plain or rich text with their places: (word, start, end)."""
    return [
        (match[0].casefold(), *match.span())
        for match in _PIECE.finditer(text)
        if match[0][0] not in "<&"
    ]


class Quotes:
    """Texts of one person, ready to be looked for; at most ``MAX_WORDS`` words."""

    def __init__(self):
        self._runs = set()
        self._whole = set()
        self._short = set()
        self._size = 0

    @property
    def is_full(self):
        return self._size >= MAX_WORDS

    def add(self, text):
        words = tuple(word for word, _start, _end in _words(text or ""))
        self._size += len(words)
        if len(words) < RUN:
            if len("".join(words)) >= 8:
                self._short.add(hash(words))
            return
        if len(" ".join(words)) >= MIN_CHARS:
            self._whole.add(hash(words))
        for start in range(len(words) - RUN + 1):
            self._runs.add(hash(words[start : start + RUN]))

    def cut(self, text, beside=False):
        """Return ``text`` without the quotes in it.

        ``beside`` says that it stands on a record of the person: there a few words are
        enough. Elsewhere it takes a whole text, or ``LONG`` words in a row.
        """
        if not text or not self._size:
            return text
        words = _words(text)
        only = tuple(word for word, _start, _end in words)
        for first, last in reversed(self._spans(only, beside)):
            begin, end = words[first][1], words[last - 1][2]
            text = text[:begin] + CUT + _tags(text[begin:end]) + text[end:]
        return text

    def _spans(self, words, beside):
        """Return (first, behind the last) of each quote among ``words``, in order."""
        spans = []
        for start in range(len(words) - RUN + 1):
            if hash(words[start : start + RUN]) in self._runs:
                if spans and start <= spans[-1][1]:
                    spans[-1][1] = start + RUN
                else:
                    spans.append([start, start + RUN])
        if not beside:
            return [
                (first, last)
                for first, last in spans
                if last - first >= LONG or hash(words[first:last]) in self._whole
            ]
        inside = {place for first, last in spans for place in range(first, last)}
        for size in range(1, RUN) if self._short else ():
            for start in range(len(words) - size + 1):
                places = range(start, start + size)
                if inside.isdisjoint(places) and (
                    hash(words[start : start + size]) in self._short
                ):
                    spans.append([start, start + size])
                    inside.update(places)
        return sorted(map(tuple, spans))


def _tags(text):
    """Keep the tags, or the rest of the page would be bold."""
    return "".join(piece for piece in _TAG.findall(text) if piece[0] == "<" != piece)
