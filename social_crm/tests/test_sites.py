import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ..connectors.errors import ConnectorError
from ..connectors.http import USER_AGENT
from ..connectors.policy import Policy
from ..connectors.site import NotAllowed, SiteHttp, find_links, read_site
from ..matching.addresses import company_domain
from ..models import social_crm_site
from .common import author, post
from .connector_contract import Answer, ServerCase
from .erase_case import HANDLE, LOGIN, PERSON, EraseCase
from .test_match import MatchCase

HTML = {"Content-Type": "text/html; charset=utf-8", "ETag": '"one"'}
ME = '<a rel="me noopener" href="https://example.social/@mary">me</a>'


class SiteServer(ServerCase):
    """The website of the test: ``page`` and ``robots``, or ``answers`` by path."""

    page = f"<html><body>{ME}</body></html>"
    robots = Answer(404, "none")

    def setUp(self):
        super().setUp()
        self.answers = {}

    def respond(self, request):
        if request.path in self.answers:
            return self.answers[request.path]
        if request.path == "/robots.txt":
            return self.robots
        if request.headers.get("if-none-match") == '"one"':
            return Answer(304)
        return Answer(200, self.page, HTML)

    @property
    def paths(self):
        return [request.path for request in self.server.requests]


@tagged("post_install", "-at_install")
class TestReadSite(SiteServer, BaseCase):
    """One page, politely: robots.txt, redirects, sizes, kinds."""

    def read_page(self, path="/", etag="", private=True):
        hosts = (self.server.host,) if private else ()
        return read_site(SiteHttp(hosts), f"{self.server.url}{path}", etag)

    def handles(self, page):
        return [link.address.handle for link in page.links]

    def refused(self, words, *args, **kwargs):
        with self.assertRaisesRegex(ConnectorError, words):
            self.read_page(*args, **kwargs)

    def test_a_page(self):
        page = self.read_page()
        self.assertEqual(self.handles(page), ["@mary@example.social"])
        self.assertTrue(page.links[0].rel_me)
        self.assertEqual(page.etag, '"one"')
        self.assertEqual(self.paths, ["/robots.txt", "/"])
        for request in self.server.requests:
            self.assertEqual(request.headers["user-agent"], USER_AGENT)
            self.assertFalse({"cookie", "authorization"} & set(request.headers))
        self.assertIsNone(self.read_page(etag='"one"').links)

    def test_private_addresses_are_refused(self):
        self.refused("private network", private=False)
        self.assertEqual(self.paths, [])
        self.answers["/"] = Answer(302, "", {"Location": "http://127.0.0.1:1/x"})
        self.refused("private network")

    def test_robots(self):
        self.robots = Answer(200, "User-agent: *\nDisallow: /private\n")
        self.refused("robots.txt", "/private/me")
        self.assertEqual(self.paths, ["/robots.txt"])
        self.assertTrue(self.read_page("/").links)
        self.robots = Answer(200, "User-agent: social_crm\nDisallow: /\n")
        with self.assertRaises(NotAllowed):
            self.read_page()
        self.robots = Answer(200, "User-agent: Other\nDisallow: /\n\0\xff")
        self.assertTrue(self.read_page().links)
        for status in (401, 403, 404, 410):
            self.robots = Answer(status, "no")
            self.assertTrue(self.read_page().links)
        for status in (500, 503):
            self.robots = Answer(status, "no")
            self.refused(".")

    def test_robots_behind_a_redirect(self):
        self.robots = Answer(200, "User-agent: *\nDisallow: /secret\n")
        self.answers["/"] = Answer(301, "", {"Location": "/secret"})
        self.refused("robots.txt")
        self.assertNotIn("/secret", self.paths)

    def test_what_is_no_page(self):
        for answer, words in (
            (Answer(200, "x" * 2_000_001, HTML), "larger than"),
            (Answer(200, ME, {"Content-Type": "application/pdf"}), "no web page"),
            (Answer(200, ME), "no web page"),
            (Answer(404, "x", HTML), "nothing at this address"),
            (Answer(503, "x", HTML), "problem of its own"),
            (Answer(302, "", {"Location": "/"}), "circles"),
            (Answer(302, "", {"Location": "ftp://x/"}), "https"),
        ):
            self.answers["/"] = answer
            self.refused(words)

    def test_slow_sites_end(self):
        self.patch(SiteHttp, "max_seconds", 0.5)
        self.answers["/"] = Answer(200, self.page, HTML, delay=3)
        start = time.monotonic()
        self.refused("in time")
        self.assertLess(time.monotonic() - start, 2.5)


@tagged("post_install", "-at_install")
class TestFindLinks(BaseCase):
    def found(self, text, url="https://kettle.example/"):
        return [
            (link.address.network, link.address.handle or link.address.uri, link.rel_me)
            for link in find_links(text, url)
        ]

    def test_what_counts(self):
        text = """<html><head><link rel="me" href="https://github.com/mary"></head>
            <body><a href="https://www.linkedin.com/in/mary-w/?trk=x">LinkedIn</a>
            <a href='//x.com/mary'>X</a><a rel="ME" href="/@mary">here</a></body>"""
        self.assertEqual(
            self.found(text, "https://social.example/about"),
            [
                ("github", "mary", True),
                ("mastodon", "@mary@social.example", True),
                ("linkedin", "in/mary-w", False),
                ("x", "@mary", False),
            ],
        )

    def test_what_does_not(self):
        for text in (
            '<a href="https://x.com/intent/tweet?text=hello">share</a>',
            '<a href="https://x.com/intent/user?screen_name=mary">follow</a>',
            '<a href="https://www.facebook.com/sharer/sharer.php?u=x">share</a>',
            '<a href="https://www.linkedin.com/shareArticle?url=x">share</a>',
            '<a href="https://t.me/share/url?url=x">share</a>',
            '<a href="https://x.com/wordpress">Powered by</a>',
            '<a href="https://www.facebook.com/wix">Made with</a>',
            '<a href="https://mastodon.social/@WordPress">x</a>',
            '<blockquote class="twitter-tweet"><a href="https://x.com/bob">B</a>'
            "</blockquote>",
            '<link rel="canonical" href="https://x.com/mary">',
            '<a href="/@team">people of this very server</a>',
            '<a href="mailto:mary@example.social">m</a>',
            '<a href="javascript:alert(1)" rel="me">j</a>',
            '<a rel="me">none</a><a rel="me" href="">empty</a>',
            '<a rel="me" href="http://[::1">broken</a>',
            "<!-- <a rel='me' href='https://x.com/mary'>m</a> -->",
            "",
            "\0",
            "<?xml version='1.0' encoding='utf-16'?><p>",
        ):
            with self.subTest(text=text):
                self.assertEqual(self.found(text), [])

    def test_the_profiles_of_many_people(self):
        text = "".join(
            f'<a href="https://x.com/person{number}">p</a>' for number in range(9)
        )
        self.assertEqual(self.found(text), [])
        self.assertEqual(
            self.found(text + '<a rel="me" href="https://x.com/person3">own</a>'),
            [("x", "@person3", True)],
        )
        twice = '<a href="https://x.com/Mary">a</a><a href="https://x.com/mary">b</a>'
        self.assertEqual(self.found(twice), [("x", "@Mary", False)])

    def test_base(self):
        text = '<base href="https://social.example/x/"><a rel="me" href="/@m_y">m</a>'
        self.assertEqual(self.found(text), [("mastodon", "@m_y@social.example", True)])

    def test_junk_takes_no_time(self):
        start = time.monotonic()
        for text in (
            "<a rel=me href=https://x.com/a" * 20_000,
            "<div>" * 100_000,
            "<a href='" + "%" * 500_000 + "' rel=me>",
            '<a rel="me" href="https://x.com/a">' * 20_000,
            "<" * 1_000_000,
            "&#" * 500_000,
            '<base href="http://[">' * 10_000,
        ):
            self.found(text)
        self.assertLess(time.monotonic() - start, 10)


class SiteCase(SiteServer, MatchCase):
    def setUp(self):
        super().setUp()
        self.sites = self.env["social.crm.site"]
        self.set_param("private_hosts", self.server.host)
        self.set_param("site_links", "True")
        self.env["res.partner"].search([("website", "!=", False)]).website = False
        self.mary.website = self.server.url
        # Here the address of the server is the name of a website.
        self.patch(social_crm_site, "company_domain", lambda host: "kettle.example")
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda cron, processed=0, remaining=None: 60.0,
        )

    def set_param(self, name, value):
        self.env["ir.config_parameter"].set_param(f"social_crm.{name}", value)

    def run_cron(self):
        self.sites._cron_read()
        self.env.flush_all()
        self.env.invalidate_all()

    def site(self, partner=None):
        return self.sites.search([("partner_id", "=", (partner or self.mary).id)])


@tagged("post_install", "-at_install")
class TestSites(SiteCase):
    """Which profiles contacts' websites name; off until somebody switches it on."""

    def test_off_by_default(self):
        self.env["ir.config_parameter"].search(
            [("key", "=", "social_crm.site_links")]
        ).unlink()
        self.run_cron()
        self.assertEqual(self.paths, [])
        self.assertFalse(self.sites.search([]))

    def test_it_is_remembered_and_suggests(self):
        self.run_cron()
        links = self.site().link_ids
        self.assertEqual(links.mapped("handle"), ["@mary@example.social"])
        self.assertTrue(links.rel_me)
        self.assertFalse(
            self.env["social.crm.identity"].search(
                [("handle", "in", links.mapped("handle"))]
            ),
            "nobody is made of it",
        )
        self.compare()
        identity = self.speak(1, login="mary", name="M.")
        self.compare()
        self.assertFalse(identity.partner_id)
        self.assertEqual(self.suggested(identity), self.mary)
        self.assertIn(
            "website of the contact links to this", identity.match_ids.reasons
        )

    def test_who_has_spoken_is_compared_again(self):
        identity = self.speak(1, login="mary", name="M.")
        self.compare()
        self.assertFalse(identity.match_ids)
        self.run_cron()
        self.compare()
        self.assertEqual(self.suggested(identity), self.mary)

    def test_both_ways_is_proof(self):
        """The profile names the website, and the website the profile: as its own."""
        # A numeric address is no website to the matcher.
        self.run_cron()
        site = self.site()
        self.mary.website = site.url = "https://winterbottom.example"
        for number, bio in enumerate(
            ("My site: winterbottom.example.", "<https://www.winterbottom.example/>")
        ):
            identity = self.speak(number, login="mary", name="Mary", bio=bio)
            identity.match_at = False
            self.compare()
            self.assertEqual(identity.partner_id, self.mary)
            self.assertEqual(identity.link_basis, "verified")
            identity.match_ids.unlink()
            identity._set_partner(dict.fromkeys(("partner_id", "link_basis"), False))
            identity.match_ids.unlink()

    def test_one_way_is_none(self):
        self.run_cron()
        self.mary.website = self.site().url = "https://winterbottom.example"
        # A plain link: the page may only speak of the person.
        self.site().link_ids.rel_me = False
        identity = self.speak(1, name="Mary", bio="winterbottom.example")
        # Another person claims the website.
        other = self.speak(2, login="fan", name="Mary", bio="winterbottom.example")
        # The website of somebody else who has the same beginning.
        longer = self.speak(3, login="m2", name="Mary", bio="winterbottom.example.org")
        self.compare()
        self.assertFalse((identity | other | longer).partner_id)

    def test_once_in_many_days(self):
        self.run_cron()
        self.run_cron()
        self.assertEqual(self.paths, ["/robots.txt", "/"])
        site = self.site()
        days = (site.next_at - fields.Datetime.now()).days
        self.assertTrue(84 <= days <= 95, days)
        site.next_at = fields.Datetime.now() - timedelta(days=1)
        self.run_cron()
        self.assertEqual(self.paths.count("/"), 2)
        self.assertTrue(self.site().link_ids, "nothing has changed")
        self.set_param("site_days", "7")
        self.page = "<p>nothing any more</p>"
        site.write({"next_at": False, "etag": False})
        self.run_cron()
        self.assertFalse(site.link_ids)
        self.assertLess((site.next_at - fields.Datetime.now()).days, 8)

    def test_another_address_is_read_at_once(self):
        self.run_cron()
        self.mary.website = f"{self.server.url}/new"
        self.run_cron()
        self.assertEqual(self.paths[-1], "/new")
        self.assertEqual(len(self.site()), 1)

    def test_nothing_is_written_while_we_wait(self):
        """Nobody who changes a contact waits for a website."""
        values, links = self.sites._ask(self.mary.id, self.mary.website)
        self.assertEqual(len(links), 1)
        self.assertFalse(values["error"])
        self.assertFalse(self.site())

    def test_errors_are_words_and_are_tried_again(self):
        self.answers["/"] = Answer(503, "down", HTML)
        waits = []
        for _time in range(3):
            self.run_cron()
            site = self.site()
            self.assertIn("problem of its own", site.error)
            waits.append((site.next_at - fields.Datetime.now()).days)
            site.next_at = False
        self.assertEqual(waits, sorted(set(waits)), "later and later")
        self.answers.clear()
        self.run_cron()
        self.assertFalse(site.error)
        self.assertTrue(site.link_ids)
        self.answers["/"] = Answer(404, "", HTML)
        site.next_at = False
        self.run_cron()
        self.assertTrue(site.link_ids, "what was known stays")

    def test_what_is_no_website_of_their_own(self):
        self.patch(social_crm_site, "company_domain", company_domain)
        partners = self.env["res.partner"].create(
            [
                {"name": "P", "website": website}
                for website in (
                    "https://www.facebook.com/kettle",
                    "https://mastodon.social/@kettle",
                    "https://linktr.ee/kettle",
                    "https://gmail.com",
                    "https://x.com/kettle",
                )
            ]
        )
        chain = self.env["res.partner"].create(
            [{"name": f"S{n}", "website": "https://chain.example"} for n in range(5)]
        )
        self.mary.website = "not a site"
        self.run_cron()
        self.assertEqual(self.paths, [])
        for partner in partners | chain | self.mary:
            self.assertTrue(self.site(partner).error, partner.website)
        self.assertIn("Several contacts", self.site(chain[0]).error)

    def test_the_website_of_a_company_is_the_companys(self):
        firm = self.env["res.partner"].create(
            {"name": "Kettle", "is_company": True, "website": self.server.url}
        )
        self.mary.parent_id = firm
        self.run_cron()
        self.assertTrue(self.site(firm).link_ids)
        self.assertFalse(self.site())
        identity = self.speak(1, login="mary", name="Kettle")
        self.compare()
        self.assertEqual(self.suggested(identity)[:1], firm)

    def test_who_may(self):
        self.run_cron()
        for model in ("social.crm.site", "social.crm.site.link"):
            records = self.env[model].search([])
            self.assertTrue(
                records.with_user(
                    self.user(f"m{model}", "social_crm.group_manager")
                ).mapped("url")
            )
            with self.assertRaises(AccessError):
                records.with_user(self.agent).mapped("url")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.mary.company_id = other
        mine = self.user("mine", "social_crm.group_manager")
        for model in ("social.crm.site", "social.crm.site.link"):
            self.assertFalse(self.env[model].with_user(mine).search([]))

    def test_switched_off_forgets(self):
        settings = self.env["res.config.settings"]
        self.run_cron()
        settings.create({"social_crm_site_links": True}).execute()
        self.assertTrue(self.site())
        settings.create({"social_crm_site_links": False}).execute()
        self.assertFalse(self.env["social.crm.site.link"].search([]))
        self.assertFalse(self.site())

    def test_merged_contacts(self):
        twin = self.mary.copy({"website": f"{self.server.url}/twin"})
        self.run_cron()
        self.assertEqual(len(self.sites.search([])), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.mary | twin).ids, self.mary)
        self.env.invalidate_all()
        self.assertEqual(len(self.site()), 2)
        self.sites.search([]).next_at = False
        self.run_cron()
        self.assertEqual(len(self.site()), 1)
        self.assertEqual(self.site().link_ids.partner_id, self.mary)

    def test_same_queries_for_few_and_many(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}"} for n in range(40)]
        )
        for partner in partners:
            site = self.sites.create(
                {"partner_id": partner.id, "url": "https://k.example"}
            )
            self.env["social.crm.site.link"].create(
                {
                    "site_id": site.id,
                    "network": "mastodon",
                    "handle": f"@p{partner.id}@example.social",
                    "url": "https://example.social/@p",
                    "rel_me": True,
                }
            )
        counts = []
        for ids in (partners[:2].ids, partners.ids):
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            facts = self.keys._partner_facts(ids)
            counts.append(self.env.cr.sql_log_count - start)
            self.assertTrue(all(found.linked for found in facts.values()))
        self.assertEqual(counts[0], counts[1])

    def test_networks_that_forbid_it(self):
        connector = self.account._get_connector_class()
        self.patch(connector, "policy", Policy(may_link="no", clause="Not here."))
        self.run_cron()
        self.assertFalse(self.site().link_ids)


@tagged("post_install", "-at_install")
class TestSitesPrivacy(SiteServer, EraseCase):
    page = f'<a rel="me" href="https://example.social/@{LOGIN}">me</a>'

    def setUp(self):
        super().setUp()
        self.ingest(post(1, by=PERSON))
        self.partner = self.env["res.partner"].create(
            {"name": "P", "website": "https://kettle.example"}
        )
        self.site = self.env["social.crm.site"].create(
            {"partner_id": self.partner.id, "url": "https://kettle.example"}
        )
        self.links = find_links(self.page, "https://kettle.example")
        self.site._keep(self.links)
        self.assertEqual(self.site.link_ids.handle, HANDLE)

    def test_erase(self):
        self.env["social.crm.site"].create(
            {
                "partner_id": self.partner.id,
                "url": f"https://example.social/@{LOGIN}",
                "error": f"Nothing at @{LOGIN}@example.social",
            }
        )
        tables = {table for table, *_found in self.find_traces()}
        self.assertLessEqual({"social_crm_site", "social_crm_site_link"}, tables)
        self.person()._erase()
        self.assertEqual(self.find_traces(), [])
        self.assertTrue(self.site.exists())
        self.site._keep(self.links)
        self.assertFalse(self.site.link_ids, "never again")

    def test_opt_out(self):
        self.person()._opt_out()
        self.assertFalse(self.site.link_ids)
        self.site._keep(self.links)
        self.assertFalse(self.site.link_ids)

    def test_export(self):
        kept = dict(self.person()._export_related())
        self.assertEqual(kept["social.crm.site.link"]["handle"], HANDLE)
        self.assertFalse(
            dict(self.person("nobody")._export_related())
            if self.person("nobody")
            else {}
        )

    def test_others_are_left_alone(self):
        self.ingest(post(2, by=author("other", handle=f"@{LOGIN}@other.social")))
        self.person("other")._erase()
        self.assertTrue(self.site.link_ids)
