"""A cache of small, re-drawn copies of strangers' pictures.

The viewer's browser never talks to a network: it asks us, and we keep what we fetched.
Which user may see which picture is decided before (controllers/media.py); here a
picture is known only by the hash of its address.
"""

import base64
import hashlib
import io
import logging
import time
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg2

# Odoo loads few formats of PIL; networks and blogs send WebP as often as JPEG.
from PIL import (
    Image,
    ImageOps,
    WebPImagePlugin,  # noqa: F401
)

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.image import image_fix_orientation

from ..connectors.errors import ConnectorError
from ..connectors.http import Http

_logger = logging.getLogger(__name__)

# Pixels a side: more than twice what the screens show, for dense displays.
SIZES = {"avatar": 96, "media": 480}
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MAX_BYTES = 5_000_000
MAX_PIXELS = 24_000_000
TIMEOUT = (3, 5)  # seconds to connect, seconds between two bytes
MAX_SECONDS = 8.0  # for all of one picture: a person and a worker wait for it
SLOW = 2.0  # seconds without success, after which a server is left alone

KEEP = timedelta(days=14)
RETRY_AFTER = timedelta(hours=1)
MAX_PICTURES = 20_000
VACUUM_BATCH = 1000


class SocialCrmMedia(models.Model):
    _name = "social.crm.media"
    _description = "Social Picture Cache"
    _order = "fetched_at DESC, id DESC"

    key = fields.Char(required=True, readonly=True)
    # Empty: it could not be fetched, and is not asked for again for a while.
    picture = fields.Binary(attachment=True, readonly=True)
    mimetype = fields.Char(readonly=True)
    fetched_at = fields.Datetime(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(key)")
    _fetched_at_idx = models.Index("(fetched_at)")

    @api.model
    def _thumbnail(self, url, size):
        """Return (bytes, mimetype) of the picture at ``url``, None if there is none.

        ``size`` is a key of ``SIZES``. Fetches it when the cache has none; that takes
        at most ``MAX_SECONDS``. Never raises for what a stranger's server does.
        """
        key, server_key = _key(size, url), _key("server", _server(url))
        found = {
            row.key: row
            for row in self.sudo().search([("key", "in", (key, server_key))])
            if row.fetched_at > fields.Datetime.now() - row._lifetime()
        }
        if key in found:
            return found[key]._content()
        if server_key in found:
            return None
        start = time.monotonic()
        try:
            content, mimetype = _draw(self._fetch(url), size)
        except (ConnectorError, ValueError) as error:
            _logger.info("No picture: %s", error)
            # A server that hangs would hold up the page once for each of its people.
            slow = time.monotonic() - start > SLOW
            self._store(server_key if slow else key)
            return None
        self._store(key, content, mimetype)
        return content, mimetype

    @api.model
    def _forget(self, urls):
        """Delete the copies of these pictures (a person was erased)."""
        keys = [_key(size, url) for url in urls for size in SIZES]
        self.sudo().search([("key", "in", keys)]).unlink()

    def _content(self):
        picture = self.with_context(bin_size=False).picture
        return (base64.b64decode(picture), self.mimetype) if picture else None

    def _lifetime(self):
        return KEEP if self.mimetype else RETRY_AFTER

    def _fetch(self, url):
        """Return the bytes at ``url``. Raises ConnectorError."""
        http = Http(
            private_hosts=self.env["social.crm.account"]._private_hosts(),
            timeout=TIMEOUT,
            max_bytes=MAX_BYTES,
        )
        http.tries, http.max_seconds = 1, MAX_SECONDS
        return http.request("GET", url, headers={"Accept": "image/*"}).content

    def _store(self, key, content=None, mimetype=False):
        """Keep a picture, or that there is none, in a short transaction of its own.

        Two requests may bring the same picture at once: the second one leaves it to the
        first, and neither repeats its fetch.
        """
        with closing(self.env.registry.cursor()) as cr:
            try:
                cr.execute(
                    SQL(
                        """
                        INSERT INTO social_crm_media
                            (key, mimetype, fetched_at, create_date, write_date)
                        VALUES (%(key)s, %(mimetype)s, %(now)s, %(now)s, %(now)s)
                        ON CONFLICT (key) DO UPDATE
                            SET mimetype = %(mimetype)s, fetched_at = %(now)s
                        RETURNING id
                        """,
                        key=key,
                        mimetype=mimetype or None,
                        now=fields.Datetime.now(),
                    ),
                    log_exceptions=False,
                )
            except psycopg2.errors.SerializationFailure:
                return
            media = self.with_env(api.Environment(cr, api.SUPERUSER_ID, {}))
            row = media.browse(cr.fetchone()[0])
            row.picture = base64.b64encode(content) if content else False
            cr.commit()  # pylint: disable=invalid-commit

    @api.autovacuum
    def _gc_pictures(self):
        """Delete what is too old or too much; returns (deleted, whether more waits)."""
        newest = self.search([], offset=MAX_PICTURES, limit=1)
        domain = [("fetched_at", "<", fields.Datetime.now() - KEEP)]
        if newest:
            domain = ["|", ("fetched_at", "<=", newest.fetched_at), *domain]
        old = self.search(domain, limit=VACUUM_BATCH)
        old.unlink()
        return len(old), len(old) == VACUUM_BATCH


def _key(kind, address):
    return hashlib.sha256(f"{kind} {address}".encode()).hexdigest()


def _server(url):
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}"


def _draw(content, size):
    """Return (bytes, mimetype): ``content`` drawn anew, at most ``SIZES[size]`` a side.

    Nothing of the original file passes through but its pixels. Raises ValueError when
    it is no picture, or one with too many pixels.
    """
    side = SIZES[size], SIZES[size]
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            # Up to here only the header was read.
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            image.draft("RGB", (2 * side[0], 2 * side[1]))
            transparent = "A" in image.getbands() or "transparency" in image.info
            image = image_fix_orientation(image)
            image = image.convert("RGBA" if transparent else "RGB")
            if size == "avatar":
                image = ImageOps.fit(image, side)
            else:
                image.thumbnail(side)
            output = io.BytesIO()
            if transparent:
                image.save(output, "PNG", optimize=True)
                return output.getvalue(), "image/png"
            image.save(output, "JPEG", quality=85, optimize=True)
            return output.getvalue(), "image/jpeg"
    except Exception as error:
        # A decoder fed by strangers may raise anything.
        raise ValueError(f"this cannot be shown ({type(error).__name__})") from error
