"""How somebody speaks: when, how often, where, and whether they answer us."""

from datetime import datetime, timedelta, timezone

from odoo.tests import freeze_time, tagged

from ..models import social_crm_behaviour as behaviour
from .common import post
from .test_author_kind import KindCase

# A Wednesday.
TODAY = datetime(2026, 7, 15, 12, tzinfo=timezone.utc)
QUERIES = 3


def at(day, hour, minute=0):
    return datetime(2026, 7, day, hour, minute, tzinfo=timezone.utc)


@tagged("post_install", "-at_install")
@freeze_time(TODAY.replace(tzinfo=None))
class TestBehaviour(KindCase):
    def setUp(self):
        super(KindCase, self).setUp()
        self.agent.tz = "Europe/Berlin"

    def say(self, *moments, by="ann", start=0, **values):
        self.ingest(
            *(
                post(f"{by}{start + number}", by=by, published_at=moment, **values)
                for number, moment in enumerate(moments)
            )
        )
        return self.identity(by)

    def seen(self, identity, user=None):
        self.env.invalidate_all()
        return identity.with_user(user or self.agent).behaviour

    def test_hours_where_the_reader_is(self):
        ann = self.say(*(at(day, 18, 30) for day in range(6, 12)))
        found = self.seen(ann)
        self.assertEqual(found["hours"][20], 6)
        self.assertEqual(sum(found["hours"]), 6)
        self.assertEqual(found["zone"], "Europe/Berlin")
        days = dict(found["days"])
        self.assertEqual((days["Mon"], days["Sat"], days["Sun"]), (1, 1, 0))
        self.assertRegex(
            found["lines"][1], r"Mostly between 8:00.PM and 9:00.PM \(100%"
        )
        self.agent.tz = "Asia/Tokyo"
        found = self.seen(ann)
        # There it was the next morning.
        self.assertEqual(found["hours"][3], 6)
        self.assertEqual(dict(found["days"])["Sun"], 1)

    def test_hours_around_midnight(self):
        """As they are: neither longer than what was said, nor cut at midnight."""
        self.agent.tz = "UTC"
        late = [at(day, hour) for day in (6, 7) for hour in (23, 0, 1)]
        ann = self.say(*late, at(8, 12))
        line = self.seen(ann)["lines"][1]
        self.assertRegex(line, r"Mostly between 11:00.PM and 2:00.AM \(86%")
        bob = self.say(*(at(9, hour) for hour in range(24)), by="bob")
        self.assertIn("At any hour", self.seen(bob)["lines"])

    def test_frequency(self):
        def line(identity):
            return self.seen(identity)["lines"][0]

        ann = self.say(at(1, 9))
        self.assertEqual(line(ann), "Spoke once, on 07/01/2026")
        self.say(at(3, 9), start=1)
        self.assertEqual(line(ann), "Spoke 2 times since 07/01/2026")
        long_ago = [TODAY - timedelta(days=days) for days in range(1, 121, 10)]
        bob = self.say(*long_ago, by="bob")
        self.assertEqual(line(bob), "Speaks about 3 times a month, since March 2026")
        cy = self.say(at(1, 9), TODAY - timedelta(days=300), by="cy")
        self.assertEqual(
            line(cy), "Spoke 2 times since September 2025: less than once a month"
        )
        hourly = [TODAY - timedelta(hours=6 * number) for number in range(200)]
        dot = self.say(*hourly, by="dot")
        self.assertEqual(line(dot), "Speaks about 4 times a day, since May 2026")

    def test_answers_us(self):
        ann = self.say(at(1, 9))
        self.ingest(
            post(
                "o1", by="brand", is_own=True, parent_uid="ann0", published_at=at(2, 9)
            ),
            post(
                "o2", by="brand", is_own=True, parent_uid="o1", published_at=at(2, 10)
            ),
            post("a1", parent_uid="o1", published_at=at(2, 11)),
            post("o3", by="brand", is_own=True, parent_uid="a1", published_at=at(3, 9)),
            post("a2", parent_uid="o3", published_at=at(3, 11)),
            post("o4", by="brand", is_own=True, parent_uid="a2", published_at=at(4, 9)),
            # Of today: she may still answer.
            post("a3", published_at=at(15, 9)),
            post(
                "o5", by="brand", is_own=True, parent_uid="a3", published_at=at(15, 11)
            ),
            # What we said to somebody else.
            post("b1", by="bob", parent_uid="a1", published_at=at(5, 9)),
            post(
                "o6", by="brand", is_own=True, parent_uid="b1", published_at=at(5, 10)
            ),
        )
        self.assertEqual(
            self.seen(ann)["lines"][-1],
            "Answers us: 2 of 3 times, usually within 2 hours",
        )

    def test_silent_people(self):
        ann = self.say(at(1, 9))
        self.ingest(
            post(
                "o1", by="brand", is_own=True, parent_uid="ann0", published_at=at(2, 9)
            )
        )
        self.assertEqual(self.seen(ann)["lines"][-1], "Answers us: 0 of 1 times")
        self.assertFalse(self.seen(self.identity("brand")))

    def test_networks_of_the_contact(self):
        ann = self.say(at(1, 9))
        self.assertEqual(len(self.seen(ann)["networks"]), 1)
        other = self.env["social.crm.identity"].create(
            {
                "company_id": self.company.id,
                "network": "bluesky",
                "uri": "did:plc:ann",
                "handle": "@ann.example",
            }
        )
        (ann | other)._link(self.ann, "manual")
        labels = [network["label"] for network in self.seen(ann)["networks"]]
        self.assertEqual(len(labels), 2)
        self.assertEqual(labels[1], "Bluesky")

    def test_no_more_than_one_may_read(self):
        ann = self.say(at(1, 9))
        self.say(at(2, 20), at(3, 20), start=1, visibility="private", kind="message")
        team = self.env["social.crm.team"].create({"name": "Others"})
        self.mention_of("ann1").conversation_id.team_id = team
        ann._link(self.ann, "manual")
        self.assertEqual(sum(self.seen(ann)["hours"]), 1)
        self.assertEqual(sum(self.seen(ann, self.reader)["hours"]), 1)
        team.member_ids = self.agent
        self.assertEqual(sum(self.seen(ann)["hours"]), 3)
        self.assertEqual(sum(self.seen(ann, self.reader)["hours"]), 1)

    def mention_of(self, uid):
        return self.mentions.search([("uri", "=like", f"%/{uid}")])

    def test_three_queries_however_much_was_said(self):
        few = self.say(*(at(1, 0, minute) for minute in range(10)))
        many = self.say(*(at(2, 0, minute % 60) for minute in range(100)), by="bob")
        for identity in (few, many):
            for login in ("ann3", "bob3"):
                self.ingest(
                    post(
                        f"o-{login}",
                        by="brand",
                        is_own=True,
                        parent_uid=login,
                        published_at=at(3, 9),
                    )
                )
            identity._link(self.ann, "manual")
        for identity in (few, many):
            mine = identity.with_user(self.agent)
            for _warm in range(2):
                mine.invalidate_recordset(["behaviour"])
                before = self.env.cr.sql_log_count
                self.assertTrue(mine.behaviour["lines"])
            self.assertLessEqual(self.env.cr.sql_log_count - before, QUERIES)

    def test_bounded(self):
        self.patch(behaviour, "NEWEST", 5)
        ann = self.say(*(at(day, 9) for day in range(1, 11)))
        self.assertEqual(sum(self.seen(ann)["hours"]), 5)
        self.assertEqual(self.seen(ann)["lines"][0], "Spoke 5 times since 07/06/2026")
