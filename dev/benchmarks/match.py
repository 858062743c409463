"""Who is speaking, among so many contacts: keys, candidates, score, the whole pass.

The contacts are made up: names of two parts, as unevenly common as names are, with a
town and an address. The profiles are those of some of them as people write themselves:
half with a typing error, some with initials, short forms or the family name first.
"""

import random
import time

from odoo.addons.social_crm.matching.nicknames import FORMS

from ..console import say
from . import runtime

STARTS = "al an bar ben bo bra ca cor da del dor el fa fer gar go gra ha her ho in ja"
STARTS += " ka ker la len lo ma mer mo na nor o pa per po ra ro sa sel ta ter va wil zo"
MIDDLES = (
    "ba be bi da de do ga ke la le li lo ma mi na ne ra re ri ro sa se ta te ti va"
)
ENDS = "berg by den der dez e er ez feld ham ini ka ko le ley man mann nen o off ov ow"
ENDS += " quist rd ren s sen sky son stad stein ström ton va vic vic wald ward y"
PROBES, NETWORK = 300, "mastodon"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def run(database, contacts, people):
    rng = random.Random(7)
    world = World(rng)
    found = {}
    with runtime.environment(database) as env:
        env.cr.execute("DELETE FROM social_crm_match_key; DELETE FROM social_crm_match")
        records = _make_contacts(env, rng, world, contacts)
        env.cr.execute("ANALYZE res_partner")
        env.cr.commit()
        begin, keys = time.perf_counter(), env["social.crm.match.key"]
        while keys._index_some():
            env.cr.commit()
            env.invalidate_all()
        seconds = time.perf_counter() - begin
        env.cr.execute("ANALYZE social_crm_match_key")
        env.cr.commit()
        found["match_index_per_s"] = contacts / seconds
        say(f"  {contacts:,} contacts indexed in {seconds:.0f} s")
        found |= _probe(env, rng, world, records)
        found |= _pass(env, rng, world, records, people)
    return found


class World:
    """Names and towns, a few of them common, most rare."""

    def __init__(self, rng):
        self.first = sorted(name for name in FORMS if len(name) > 2)
        rng.shuffle(self.first)
        self.last = sorted(
            {
                f"{rng.choice(STARTS.split())}{middle}{rng.choice(ENDS.split())}"
                for middle in (*MIDDLES.split(), "", "")
                for _n in range(400)
            }
        )
        rng.shuffle(self.last)
        self.towns = [f"{name}ville" for name in self.last[:2000]]

    def person(self, rng):
        return (
            self._pick(rng, self.first),
            self._pick(rng, self.last),
            self._pick(rng, self.towns),
        )

    def _pick(self, rng, names):
        return names[int(len(names) * rng.random() ** 2)]


def _make_contacts(env, rng, world, count):
    """Insert contacts by SQL; return {id: (first, last, town, email)} of them."""
    env.cr.execute("SELECT max(id) FROM res_partner")
    last_id = env.cr.fetchone()[0]
    records, rows = {}, []
    for number in range(last_id + 1, last_id + 1 + count):
        first, last, town = world.person(rng)
        email = f"{first}.{last}{number}@post.example"
        records[number] = (first, last, town, email)
        rows.append((number, f"{first.title()} {last.title()}", town.title(), email))
        if len(rows) == 10_000:
            _insert(env, rows)
            rows = []
    if rows:
        _insert(env, rows)
    env.cr.execute("SELECT setval('res_partner_id_seq', %s)", [last_id + count])
    return records


def _insert(env, rows):
    env.cr.execute(
        """
        INSERT INTO res_partner
            (id, name, complete_name, city, email, active, is_company, type, lang)
        SELECT id, name, name, city, email, TRUE, FALSE, 'contact', 'en_US'
        FROM unnest(%s, %s, %s, %s) AS v(id, name, city, email)
        """,
        [list(column) for column in zip(*rows, strict=True)],
    )


def _noisy(rng, first, last):
    """A name as its owner writes it on a network."""
    kind = rng.random()
    if kind < 0.5:
        word = last if rng.random() < 0.7 else first
        wrong = _typo(rng, word)
        first, last = (first, wrong) if word == last else (wrong, last)
    elif kind < 0.6:
        first = rng.choice(sorted(FORMS[first]) or [first])
    elif kind < 0.65:
        first = f"{first[0]}."
    if rng.random() < 0.1:
        first, last = last, first
    return f"{first} {last}".title()


def _typo(rng, word):
    place, letter = rng.randrange(len(word)), rng.choice(LETTERS)
    return {
        0: word[:place] + word[place + 1 :] or word,
        1: word[:place] + letter + word[place:],
        2: word[:place] + letter + word[place + 1 :],
        3: word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
    }[rng.randrange(4)]


def _make_people(env, rng, records, count, name):
    """Profiles of some of the contacts, half of them with their town."""
    chosen = rng.sample(sorted(records), count)
    rows = []
    for number, record_id in enumerate(chosen):
        first, last, town, _email = records[record_id]
        place = town.title() if rng.random() < 0.5 else ""
        rows.append((f"{name}:{number}", _noisy(rng, first, last), place))
    uris, names, places = (list(column) for column in zip(*rows, strict=True))
    env.cr.execute(
        """
        INSERT INTO social_crm_identity
            (company_id, network, uri, handle, name, location, author_kind, active,
             relink_pending, is_bot)
        SELECT %s, %s, v.uri, '@p' || v.n || '@host.example', v.name, v.place,
               'unknown', TRUE, FALSE, FALSE
        FROM unnest(%s, %s, %s) WITH ORDINALITY AS v(uri, name, place, n)
        RETURNING id
        """,
        [env.company.id, NETWORK, uris, names, places],
    )
    ids = [row[0] for row in env.cr.fetchall()]
    return dict(zip(ids, chosen, strict=True))


def _probe(env, rng, world, records):
    people = _make_people(env, rng, records, PROBES, "probe")
    env.cr.commit()
    keys, times, hits, first, counts = env["social.crm.match.key"], [], 0, 0, []
    keys._population()
    for number, (identity_id, record_id) in enumerate(people.items()):
        env.invalidate_all()
        identity = env["social.crm.identity"].browse(identity_id)
        before, begin = env.cr.sql_log_count, time.perf_counter()
        found = identity._find_matches()[identity]
        if number:
            times.append((time.perf_counter() - begin) * 1000)
            counts.append(env.cr.sql_log_count - before)
        ids = [partner.id for partner, _match in found]
        hits += record_id in ids
        first += bool(ids) and ids[0] == record_id
    say(f"  {first / PROBES:.0%} are the first suggestion, queries {set(counts)}")
    return {
        "match_median_ms": runtime.median(times),
        "match_p95_ms": sorted(times)[int(len(times) * 0.95)],
        "match_hit_share": hits / PROBES,
        "match_queries": max(counts),
    }


def _pass(env, rng, world, records, count):
    """The background run over people whom nobody knows."""
    env.cr.execute("UPDATE social_crm_identity SET match_at = now()")
    _make_people(env, rng, records, count, "pass")
    env.cr.commit()
    keys, slowest = env["social.crm.match.key"], 0
    begin = time.perf_counter()
    cpu = time.process_time()
    while True:
        start = time.perf_counter()
        if not keys._match_some():
            break
        env.cr.commit()
        env.invalidate_all()
        slowest = max(slowest, time.perf_counter() - start)
    seconds = time.perf_counter() - begin
    say(
        f"  {count:,} profiles in {seconds:.1f} s ({time.process_time() - cpu:.1f} CPU)"
    )
    return {"match_pass_per_s": count / seconds, "match_batch_s": slowest}
