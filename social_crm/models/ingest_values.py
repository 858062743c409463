"""What a network sent, as the columns of our tables take it."""

import hashlib
import math
from datetime import timezone

MAX_TEXT = 100_000
MAX_NAME = 500
MAX_URL = 2000
MAX_BIO = 5000
MAX_LINE = 100
MAX_MEDIA = 20
# Bytes of a key: an index row holds two of them and more.
MAX_KEY = 1000
PREVIEW = 200
# Marks that turn the direction of what stands around them (Unicode, UAX 9).
TURNING = dict.fromkeys(
    (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def clean(text, limit):
    """Text as PostgreSQL takes it, at most ``limit`` characters."""
    if not text:
        return ""
    text = text[:limit]
    if text.isprintable():
        return text
    if not text.isascii():
        # Half of a surrogate pair is no character.
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "")


def clean_name(text, limit):
    """A name or handle, which stands within our sentences and must not turn them."""
    name = clean(text, limit)
    return name if name.isprintable() else name.translate(TURNING).strip()


def preview_of(post):
    """The first words of a post, without the handles it is addressed to."""
    words = (post.text or post.title)[:2000].split()
    first = next((i for i, word in enumerate(words) if word[0] != "@"), 0)
    return clean(" ".join(words[first:]), PREVIEW)


def key_of(uri):
    """A uri that an index can hold: very long ones are shortened by a hash."""
    if len(uri) <= MAX_KEY and uri.isascii() and "\0" not in uri:
        return uri
    key = clean(uri, MAX_TEXT)
    size = len(key) if key.isascii() else len(key.encode())
    if size <= MAX_KEY:
        return key
    whole = hashlib.sha256(uri.encode("utf-8", "replace")).hexdigest()
    return key.encode()[: MAX_KEY - 100].decode("utf-8", "ignore") + "#" + whole


def web_address(url):
    """An address that may be shown as a link, else nothing."""
    url = clean(url, MAX_URL)
    return url if url[:8].lower().startswith(("http://", "https://")) else ""


def stamp(moment):
    """A moment as text for PostgreSQL: UTC without a zone, or None."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment.isoformat()


def count_of(value):
    """A count as an integer column takes it; servers send null and worse."""
    return min(max(int(value), 0), 2**31 - 1) if value else 0


def stars_of(rating):
    return rating if rating is not None and math.isfinite(rating) else None


def profile_of(uri, author):
    """A profile as it is stored first; what was not told is None."""
    told = author.told
    links = author.verified_links
    name, bio = clean_name(author.name, MAX_NAME), clean(author.bio, MAX_BIO)
    avatar_url, place = web_address(author.avatar_url), clean(author.location, MAX_NAME)
    pronouns = clean_name(author.pronouns, MAX_LINE)
    languages = clean_name(author.languages, MAX_LINE)
    return {
        "uri": uri,
        "handle": clean_name(author.handle, MAX_NAME) or None,
        "name": name if name or "name" in told else None,
        "url": web_address(author.url) or None,
        "avatar_url": avatar_url if avatar_url or "avatar_url" in told else None,
        "bio": bio if bio or "bio" in told else None,
        "location": place if place or "location" in told else None,
        "pronouns_said": pronouns if pronouns or "pronouns" in told else None,
        "languages_said": languages if languages or "languages" in told else None,
        "followers_count": count_of(author.metrics.get("followers")),
        "following_count": count_of(author.metrics.get("following")),
        "posts_count": count_of(author.metrics.get("posts")),
        "verified_links": (
            [web_address(link) for link in links]
            if links or "verified_links" in told
            else None
        ),
        "is_bot": author.is_bot,
        "author_kind": "bot" if author.is_bot else "unknown",
        "account_created_at": stamp(author.created_at),
    }


def media_of(post):
    """The attachments as one JSON column holds them, None without any."""
    media = [
        {
            "kind": item.kind,
            "url": web_address(item.url),
            "preview_url": web_address(item.preview_url),
            "alt": clean(item.alt, MAX_URL),
            "mimetype": clean(item.mimetype, MAX_NAME),
            "title": clean(item.title, MAX_NAME),
        }
        for item in post.media[:MAX_MEDIA]
    ]
    return media or None
