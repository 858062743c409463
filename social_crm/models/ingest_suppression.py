"""What a page may not bring back: people who were erased, or who have opted out.

All names of a page (authors, addresses, every @handle in a text) are looked up as
hashes, in one indexed query; none for a company where nobody has asked.
"""

from dataclasses import replace
from datetime import timezone

from ..connectors.records import Author
from .ingest_sql import FIND_SUPPRESSED
from .ingest_values import key_of
from .person_names import (
    BY_HANDLE,
    host_of,
    is_global,
    mask,
    names_in,
    names_of,
    normal_uri,
)

# What stands instead of a key that names somebody.
ANONYMOUS = "anonymous:"
# The profile that all of them share, one a company and network.
NOBODY = Author(f"{ANONYMOUS}author", f"{ANONYMOUS}author")


def is_anonymous(uri):
    return uri.startswith(ANONYMOUS)


class PageSuppression:
    """Rewrites the posts of one page, before anything else sees them."""

    def __init__(self, feed):
        self.env = feed.env
        self.company_id, self.network = feed.company_id.id, feed.network
        self.own_uri = feed.own_uri
        self._suppressions = self.env["social.crm.suppression"]
        self._found = {}
        self._hash_of = None
        # Keys of posts that may change what we have, but are not stored anew.
        self.known_only = set()
        # Hashed keys, {as the network has it: as we have it}.
        self.aliases = {}
        # Who said what is stored anonymously, while the page is in memory.
        self._voices = {}

    def apply(self, posts):
        """Return the posts as they may be stored."""
        networks = self._suppressions._networks(self.company_id)
        if not networks or not posts:
            return posts
        self._hash_of = self._suppressions._hasher(self.company_id)
        self._look_up({name for post in posts for name in _names(post)}, networks)
        if not self._found:
            return posts
        return [result for post in posts for result in self._rewritten(post)]

    def _look_up(self, names, networks):
        hashes = {}
        for network in {self.network, *networks}:
            for name in names:
                if network == self.network or is_global(name):
                    hashes[self._hash_of(network, *name)] = name
        FIND_SUPPRESSED.run(self.env.cr, company=self.company_id, hashes=sorted(hashes))
        for value, kind, since in self.env.cr.fetchall():
            self._found[hashes[value]] = kind, since

    def voice(self, row, author):
        """Return the key of who said ``row``: within its thread, if nobody may know."""
        if row.uri not in self._voices:
            return author
        return self.key(f"{row.thread_key} {self._voices[row.uri]}")

    def is_hidden(self, row):
        return row.uri in self._voices

    def key(self, uri):
        """A key that is the same each time, and says nothing."""
        return ANONYMOUS + self._hash_of(self.network, "key", key_of(uri))

    def _is_named(self, text):
        return not self._found.keys().isdisjoint(names_of(text or ""))

    # --- posts ---------------------------------------------------------------

    def _rewritten(self, post):
        found = next(
            filter(None, map(self._found.get, _author_names(post.author))), None
        )
        if not found:
            if not self._is_old_answer(post):
                yield self._masked(post)
            return
        kind, since = found
        if post.deleted:
            # Whichever way we have it.
            yield post
            yield replace(post, uri=self.key(post.uri))
        elif _moment(post) > since:
            yield self._anonymous(post)
        elif kind == "opted_out":
            self.known_only.add(key_of(post.uri))
            author = Author(post.author.uid, post.author.uri)
            yield replace(self._masked(post), uid=post.uid, author=author)

    def _is_old_answer(self, post):
        """Whether we said it to somebody who was erased since."""
        if not (post.is_own or post.author.uri == self.own_uri):
            return False
        names = names_of(post.parent_uri) | names_of(post.parent_uid)
        first = (post.text or "").split(maxsplit=1)[:1]
        if first and first[0].startswith("@"):
            names |= names_in(first[0])
        return any(
            self._found[name][0] == "erased" and _moment(post) <= self._found[name][1]
            for name in names & self._found.keys()
        )

    def _anonymous(self, post):
        uri = self.key(post.uri) if post.uri else ""
        self._voices[uri] = post.author.uri
        media = tuple(
            item
            for item in post.media
            if not self._is_named(item.url) and not self._is_named(item.preview_url)
        )
        masked = self._masked(replace(post, media=media))
        return replace(masked, uri=uri, author=NOBODY, url="", place="")

    def _masked(self, post):
        """Without the handles of those who do not want to be found here."""
        author = post.author
        host = host_of(author.handle)

        def text(value):
            return mask(value, self._found.__contains__, host)

        return replace(
            post,
            text=text(post.text),
            title=text(post.title),
            url="" if self._is_named(post.url) else post.url,
            uid=self._id(post.uid),
            parent_uid=self._id(post.parent_uid),
            thread_uid=self._id(post.thread_uid),
            parent_uri=self._id(post.parent_uri),
            thread_uri=self._id(post.thread_uri),
            media=tuple(
                replace(
                    item,
                    url="" if self._is_named(item.url) else item.url,
                    preview_url=(
                        "" if self._is_named(item.preview_url) else item.preview_url
                    ),
                    alt=text(item.alt),
                    title=text(item.title),
                )
                for item in post.media
            ),
            author=replace(
                author,
                bio=text(author.bio),
                name=text(author.name),
                location=text(author.location),
                pronouns=text(author.pronouns),
                languages=text(author.languages),
                verified_links=tuple(
                    link for link in author.verified_links if not self._is_named(link)
                ),
            ),
        )

    def _id(self, value):
        """A key of another post, hashed when it names somebody."""
        if not self._is_named(value):
            return value
        self.aliases[key_of(value)] = hashed = self.key(value)
        return hashed


def _author_names(author):
    """The key, and the one that somebody gave them who knew but the handle."""
    names = [("uri", normal_uri(author.uri))]
    if author.handle:
        names.append(("uri", normal_uri(f"{BY_HANDLE}{author.handle}")))
    return names


def _moment(post):
    return post.published_at.astimezone(timezone.utc).replace(tzinfo=None)


def _names(post):
    """Return all names in a post."""
    author, host = post.author, host_of(post.author.handle)
    names = set(_author_names(author))
    texts = [post.text, post.title, author.bio, author.name, author.location]
    texts += [author.pronouns, author.languages]
    addresses = [
        post.url,
        post.parent_uid,
        post.parent_uri,
        post.thread_uid,
        post.thread_uri,
        *author.verified_links,
    ]
    for item in post.media:
        texts += [item.alt, item.title]
        addresses += [item.url, item.preview_url]
    for text in texts:
        names |= names_in(text, host)
    for address in addresses:
        if address:
            names |= names_of(address)
    return names
