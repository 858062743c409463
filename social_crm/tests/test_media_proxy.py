"""Pictures of strangers pass through us, re-drawn, or not at all."""

import io
import struct
import threading
import zlib
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..controllers.media import initials_svg
from ..models import social_crm_media


def picture(kind="PNG", size=(600, 300), color=(200, 30, 30), **options):
    output = io.BytesIO()
    mode = "RGBA" if len(color) == 4 else "RGB"
    Image.new(mode, size, color).save(output, kind, **options)
    return output.getvalue()


def png_bomb(side, rows):
    """A small PNG file that says to hold ``side`` x ``side`` pixels."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * (side * 3 + 1) * rows)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b""))
    )


class Network:
    """Two servers on loopback: the one that is allowed, and one that is not."""

    def __init__(self):
        self.answers, self.calls, self.secret_calls = {}, [], []
        self.server = self._start(self._answer)
        self.secret = self._start(
            lambda handler: self.secret_calls.append(handler.path)
        )
        self.host = f"127.0.0.1:{self.server.server_port}"

    def _start(self, answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def _answer(self, handler):
        self.calls.append(handler.path)
        status, headers, body = self.answers.get(handler.path, (404, {}, b""))
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def serve(self, path, body=b"", mimetype="image/png", status=200, **headers):
        self.answers[path] = (status, {"Content-Type": mimetype, **headers}, body)
        return f"http://{self.host}{path}"

    def stop(self):
        for server in (self.server, self.secret):
            server.shutdown()
            server.server_close()


@tagged("post_install", "-at_install")
class TestMediaProxy(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.network = Network()
        cls.addClassCleanup(cls.network.stop)
        cls.env["ir.config_parameter"].set_param(
            "social_crm.private_hosts", cls.network.host
        )
        cls.media = cls.env["social.crm.media"]
        cls.media.search([]).unlink()
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        new_test_user(cls.env, "agent", "social_crm.group_user")
        new_test_user(cls.env, "reader", "social_crm.group_reader")
        new_test_user(cls.env, "clerk", "base.group_user,base.group_partner_manager")
        new_test_user(
            cls.env,
            "stranger",
            "social_crm.group_manager",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )
        cls.identity = cls.env["social.crm.identity"].create(
            {
                "company_id": cls.env.company.id,
                "network": "mastodon",
                "uri": "https://example.social/users/ann",
                "name": "Ann <b>Lee</b>",
            }
        )
        cls.mention = cls.env["social.crm.mention"].create(
            {
                "company_id": cls.env.company.id,
                "network": "mastodon",
                "uri": "https://example.social/posts/1",
                "thread_key": "https://example.social/posts/1",
                "identity_id": cls.identity.id,
                "direction": "in",
                "kind": "post",
                "visibility": "public",
                "published_at": fields.Datetime.now(),
            }
        )

    def setUp(self):
        super().setUp()
        self.network.calls.clear()
        self.authenticate("agent", "agent")

    @contextmanager
    def _asked(self, count):
        """Check how often the network is asked."""
        before = len(self.network.calls)
        yield
        self.assertEqual(len(self.network.calls) - before, count)

    def _avatar(self, url=None):
        if url:
            self.identity.avatar_url = url
        return self.url_open(f"/social_crm/avatar/{self.identity.id}")

    def _media(self, *media, index=0):
        if media:
            self.mention.media = list(media)
        return self.url_open(f"/social_crm/media/{self.mention.id}/{index}")

    def _assert_safe(self, response):
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(
            response.headers["Content-Security-Policy"], "default-src 'none'"
        )
        self.assertRegex(response.headers["Cache-Control"], r"^private, max-age=\d+$")

    def _assert_initials(self, response):
        self.assertEqual(response.status_code, 200)
        self.assertIn("image/svg+xml", response.headers["Content-Type"])
        self.assertIn(">AB</text>", response.text)
        self._assert_safe(response)

    # -- What is shown

    def test_avatar(self):
        """It is fetched once, drawn small, and comes from the cache for everyone."""
        url = self.network.serve("/ann.png", picture())
        with self._asked(1):
            response = self._avatar(url)
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.headers["Content-Type"], "image/jpeg")
            self._assert_safe(response)
            with Image.open(io.BytesIO(response.content)) as image:
                self.assertEqual((image.format, image.size), ("JPEG", (96, 96)))
            self.authenticate("stranger", "stranger")
            twin = self.identity.copy(
                {"company_id": self.other_company.id, "uri": "https://x.test/ann"}
            )
            again = self.url_open(f"/social_crm/avatar/{twin.id}")
        self.assertEqual(again.content, response.content)

    def test_formats(self):
        for kind in ("JPEG", "GIF", "WEBP"):
            url = self.network.serve(f"/{kind}", picture(kind), "text/plain")
            self.assertEqual(self._avatar(url).headers["Content-Type"], "image/jpeg")
        url = self.network.serve("/clear", picture(color=(0, 0, 0, 0)))
        response = self._media({"kind": "image", "url": url})
        self.assertEqual(response.headers["Content-Type"], "image/png")
        with Image.open(io.BytesIO(response.content)) as image:
            self.assertEqual((image.size, image.mode), ((480, 240), "RGBA"))

    def test_nothing_but_pixels_passes(self):
        notes = PngInfo()
        notes.add_text("Comment", "<script>alert(1)</script>")
        body = picture(pnginfo=notes) + b"<script>alert(2)</script>"
        response = self._avatar(self.network.serve("/notes.png", body))
        self.assertEqual(response.headers["Content-Type"], "image/jpeg")
        self.assertNotIn(b"script", response.content)

    def test_media(self):
        """A video shows its preview; what has no picture is 404, for its words."""
        preview = self.network.serve("/preview.png", picture())
        video = {"kind": "video", "url": f"http://{self.network.host}/film.mp4"}
        self.assertEqual(
            self._media(video | {"preview_url": preview}).headers["Content-Type"],
            "image/jpeg",
        )
        with self._asked(0):
            response = self._media(video)
            self.assertEqual((response.status_code, response.content), (404, b""))
            self._assert_safe(response)
            self.assertEqual(self._media(index=1).status_code, 404)
        self.mention.media = False
        self.assertEqual(self._media().status_code, 404)

    def test_initials(self):
        """Without a picture we draw, and no letter of a stranger is markup."""
        with self._asked(0):
            response = self._avatar()
        self.assertIn("image/svg+xml", response.headers["Content-Type"])
        self.assertIn(">AB</text>", response.text)
        self._assert_safe(response)
        self.assertNotIn("<b>", initials_svg("<b>", 1))
        self.assertIn(">?</text>", initials_svg("🦄 <>&\"'", 1))
        self.assertNotEqual(initials_svg("Ann", 1), initials_svg("Ann", 2))

    # -- Who may see it

    def test_access(self):
        self.identity.avatar_url = self.network.serve("/access.png", picture())
        self.mention.media = [{"kind": "image", "url": self.identity.avatar_url}]
        with self._asked(0):
            for login in ("stranger", "clerk"):
                self.authenticate(login, login)
                self.assertEqual(self._avatar().status_code, 404, login)
                self.assertEqual(self._media().status_code, 404, login)
            self.authenticate(None, None)
            path = f"/social_crm/avatar/{self.identity.id}"
            response = self.url_open(path, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
        self.authenticate("agent", "agent")
        self.assertEqual(self._media().status_code, 200)
        self.assertEqual(self.url_open("/social_crm/avatar/999999999").status_code, 404)
        self.assertEqual(
            self.url_open("/social_crm/media/999999999/0").status_code, 404
        )

    def test_private_message(self):
        url = self.network.serve("/private.png", picture())
        self.mention.write(
            {"visibility": "private", "media": [{"kind": "image", "url": url}]}
        )
        self.authenticate("reader", "reader")
        with self._asked(0):
            self.assertEqual(self._media().status_code, 404)

    # -- What strangers' servers try

    def test_hostile_content(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
        noise = bytes(range(256)) * 40
        hostile = {
            "/page.html": (b"<html><script>alert(1)</script></html>", "text/html"),
            "/page.png": (b"<html><script>alert(1)</script></html>", "image/png"),
            "/image.svg": (svg, "image/svg+xml"),
            "/svg.png": (svg, "image/png"),
            "/empty.png": (b"", "image/png"),
            "/cut.png": (picture()[:30], "image/png"),
            "/noise.jpg": (b"\xff\xd8\xff\xe0" + noise, "image/jpeg"),
            "/noise.gif": (b"GIF89a" + noise, "image/gif"),
            "/noise.webp": (b"RIFF\x10\0\0\0WEBPVP8X" + noise, "image/webp"),
        }
        for path, (body, mimetype) in hostile.items():
            with self.subTest(path):
                self._assert_initials(
                    self._avatar(self.network.serve(path, body, mimetype))
                )

    def test_bomb(self):
        """Neither many pixels nor many bytes are unpacked."""
        # The first one is whole, the second one only claims its size.
        for side, rows in ((6_000, 6_000), (30_000, 9)):
            url = self.network.serve(f"/bomb-{side}", png_bomb(side, rows))
            self._assert_initials(self._avatar(url))
        packed = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = packed.compress(b"\0" * 60_000_000) + packed.flush()
        url = self.network.serve("/gzip", bomb, **{"Content-Encoding": "gzip"})
        self._assert_initials(self._avatar(url))

    def test_oversize(self):
        url = self.network.serve("/large.png", picture() + b"\0" * 5_000_001)
        self._assert_initials(self._avatar(url))

    def test_private_addresses(self):
        secret = f"http://127.0.0.1:{self.network.secret.server_port}/secret.png"
        redirect = self.network.serve("/redirect", status=302, Location=secret)
        for url in (secret, redirect, "file:///etc/passwd", "http://[bad/", "nonsense"):
            with self.subTest(url):
                self._assert_initials(self._avatar(url))
                response = self._media({"kind": "image", "url": url})
                self.assertEqual(response.status_code, 404)
        self.assertFalse(self.network.secret_calls)

    # -- The cache

    def test_failure_is_kept_for_an_hour(self):
        url = f"http://{self.network.host}/missing.png"
        with self._asked(1):
            self._assert_initials(self._avatar(url))
            self._assert_initials(self._avatar())
        self.media.search([]).fetched_at -= timedelta(minutes=61)
        self.network.serve("/missing.png", picture())
        with self._asked(1):
            self.assertEqual(self._avatar().headers["Content-Type"], "image/jpeg")
            self.assertEqual(self._avatar().headers["Content-Type"], "image/jpeg")
        self.assertEqual(len(self.media.search([])), 1)

    def test_slow_server_is_left_alone(self):
        first = f"http://{self.network.host}/slow-1.png"
        second = self.network.serve("/slow-2.png", picture())
        with patch.object(social_crm_media, "SLOW", 0), self._asked(1):
            self._assert_initials(self._avatar(first))
            self._assert_initials(self._avatar(second))

    def test_forget(self):
        url = self.network.serve("/forget.png", picture())
        self._avatar(url)
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "social.crm.media"), ("res_field", "=", "picture")]
        )
        self.assertEqual(len(attachments), 1)
        self.media._forget([url])
        self.assertFalse(attachments.exists())
        with self._asked(1):
            self._avatar()

    def test_vacuum(self):
        """What is old goes; of the rest the newest stay, in batches."""
        now = fields.Datetime.now()
        rows = self.media.create(
            [
                {"key": str(days), "fetched_at": now - timedelta(days=days)}
                for days in range(20)
            ]
        )
        with patch.object(social_crm_media, "VACUUM_BATCH", 4):
            self.assertEqual(self.media._gc_pictures(), (4, True))
            self.assertEqual(self.media._gc_pictures(), (1, False))
        self.assertEqual(rows.exists(), rows[:15])
        with patch.object(social_crm_media, "MAX_PICTURES", 10):
            self.assertEqual(self.media._gc_pictures(), (5, False))
        self.assertEqual(rows.exists(), rows[:10])
