"""Whose profile is it: all that a person may paste."""

import random
import sys
import time

from odoo.tests import BaseCase

from ..connectors.profile_address import (
    _HOSTS,
    MAX_LENGTH,
    NETWORKS,
    ProfileAddress,
    parse_profile,
    parse_profiles,
)

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
CHANNEL = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
X = ("x", "@ann", "https://x.com/ann")
MASTODON = ("mastodon", "@ann@social.example", "https://social.example/@ann")
BLUESKY = (
    "bluesky",
    "@ann.bsky.social",
    "https://bsky.app/profile/ann.bsky.social",
)
BLUESKY_DID = ("bluesky", "", f"https://bsky.app/profile/{DID}", DID)
FACEBOOK = ("facebook", "ann.lee", "https://www.facebook.com/ann.lee")
FACEBOOK_ID = (
    "facebook",
    "",
    "https://www.facebook.com/profile.php?id=100012345678901",
    "100012345678901",
)
INSTAGRAM = ("instagram", "@ann.lee", "https://www.instagram.com/ann.lee")
LINKEDIN = ("linkedin", "in/ann-lee", "https://www.linkedin.com/in/ann-lee")
COMPANY = ("linkedin", "company/acme", "https://www.linkedin.com/company/acme")
YOUTUBE = ("youtube", "@AnnLee", "https://www.youtube.com/@AnnLee")
YOUTUBE_ID = ("youtube", "", f"https://www.youtube.com/channel/{CHANNEL}", CHANNEL)
TIKTOK = ("tiktok", "@ann.lee", "https://www.tiktok.com/@ann.lee")
REDDIT = ("reddit", "u/Ann_Lee", "https://www.reddit.com/user/Ann_Lee")
THREADS = ("threads", "@ann.lee", "https://www.threads.com/@ann.lee")
GITHUB = ("github", "ann-lee", "https://github.com/ann-lee")
TELEGRAM = ("telegram", "@annlee", "https://t.me/annlee")

# (what is pasted, the network that is chosen, what it is or None)
PASTED = [
    # The fediverse.
    ("@ann@social.example", "", MASTODON),
    ("  @ann@Social.Example\n", "", MASTODON),
    ("＠ann＠social.example", "", MASTODON),
    ("ann@social.example", "", None),
    ("ann@social.example", "mastodon", MASTODON),
    ("Mastodon: ann@social.example", "", MASTODON),
    ("acct:ann@social.example", "", MASTODON),
    ("mailto:ann@social.example", "", None),
    ("mailto:ann@social.example", "mastodon", MASTODON),
    ("@ann@gmail.com", "", None),
    ("ann@gmail.com", "mastodon", None),
    ("@ann", "mastodon", None),
    ("ann", "mastodon", None),
    ("@ann@localhost", "", None),
    ("@ann@social", "", None),
    ("@@social.example", "", None),
    ("@ann@", "", None),
    ("@an n@social.example", "", None),
    ("@аnn@social.example", "", None),  # a Cyrillic letter
    ("@ann-@social.example", "", None),
    (
        "@Ann.Lee@social.example",
        "",
        ("mastodon", "@Ann.Lee@social.example", "https://social.example/@Ann.Lee"),
    ),
    ("https://social.example/@ann", "", MASTODON),
    ("http://social.example/@ann/", "", MASTODON),
    ("social.example/@ann", "", MASTODON),
    ("//social.example/@ann", "", MASTODON),
    ("https://www.social.example/@ann", "", ("mastodon", MASTODON[1], None)),
    ("HTTPS://SOCIAL.EXAMPLE/@ann", "", MASTODON),
    ("https://social.example:443/@ann?x=1#top", "", MASTODON),
    ("https://social.example./@ann", "", MASTODON),
    ("https://social.example/@ann/109876543210", "", MASTODON),
    ("https://social.example/@ann/with_replies", "", MASTODON),
    ("https://social.example/users/ann", "", MASTODON),
    ("https://social.example/users/ann/statuses/1098", "", MASTODON),
    ("https://social.example/web/@ann", "", MASTODON),
    ("https://other.example/web/@ann@social.example", "", MASTODON),
    ("https://other.example/@ann@social.example/1098", "", MASTODON),
    ("https://other.example/deck/@ann@social.example", "", MASTODON),
    ("https://elk.zone/social.example/@ann", "", MASTODON),
    ("https://elk.zone/other.example/@ann@social.example", "", MASTODON),
    ("https://social.example/ann", "mastodon", MASTODON),
    (
        "https://social.example/ap/users/1154",
        "",
        ("mastodon", "", *["https://social.example/ap/users/1154"] * 2),
    ),
    (
        "https://social.example:3000/@ann",
        "",
        ("mastodon", "@ann@social.example", "https://social.example:3000/@ann"),
    ),
    (
        "@ann@müller.example",
        "",
        ("mastodon", "@ann@müller.example", "https://xn--mller-kva.example/@ann"),
    ),
    (
        "https://xn--mller-kva.example/@ann",
        "",
        ("mastodon", "@ann@müller.example", "https://xn--mller-kva.example/@ann"),
    ),
    (
        "https://MÜLLER.example/@ann",
        "",
        ("mastodon", "@ann@müller.example", "https://xn--mller-kva.example/@ann"),
    ),
    (
        "@ann@threads.net",
        "",
        ("mastodon", "@ann@threads.net", "https://threads.net/@ann"),
    ),
    ("@ann@twitter.com", "", X),
    ("@ann-lee@github.com", "", GITHUB),
    ("@ann.bsky.social@bsky.app", "", BLUESKY),
    ("@ann@bit.ly", "", None),
    # Bluesky.
    ("@ann.bsky.social", "", BLUESKY),
    ("ann.bsky.social", "", BLUESKY),
    ("Ann.Bsky.Social", "bluesky", BLUESKY),
    ("https://bsky.app/profile/ann.bsky.social", "", BLUESKY),
    ("bsky.app/profile/@ann.bsky.social?ref=1", "", BLUESKY),
    ("https://bsky.app/profile/ann.bsky.social/post/3kabc", "", BLUESKY),
    ("https://ann.bsky.social", "", BLUESKY),
    ("at://ann.bsky.social/app.bsky.feed.post/3kabc", "", BLUESKY),
    (f"https://bsky.app/profile/{DID}", "", BLUESKY_DID),
    (f"https://bsky.app/profile/{DID}/post/3kabc", "", BLUESKY_DID),
    (f"at://{DID}/app.bsky.feed.post/3kabc", "", BLUESKY_DID),
    (DID, "", BLUESKY_DID),
    (DID.upper(), "bluesky", BLUESKY_DID),
    (f"<{DID}>", "", BLUESKY_DID),
    ("did:plc:tooshort", "", None),
    ("did:key:z6MkhaXgBZDvotDkL5257", "", None),
    (
        "did:web:brand.example",
        "",
        (
            "bluesky",
            "",
            "https://bsky.app/profile/did:web:brand.example",
            "did:web:brand.example",
        ),
    ),
    (
        "@brand.example",
        "bluesky",
        ("bluesky", "@brand.example", "https://bsky.app/profile/brand.example"),
    ),
    (
        "https://brand.example",
        "bluesky",
        ("bluesky", "@brand.example", "https://bsky.app/profile/brand.example"),
    ),
    (
        "müller.example",
        "bluesky",
        (
            "bluesky",
            "@xn--mller-kva.example",
            "https://bsky.app/profile/xn--mller-kva.example",
        ),
    ),
    ("@brand.example", "", None),
    ("ann", "bluesky", None),
    ("handle.invalid", "bluesky", None),
    ("https://bsky.app/profile/handle.invalid", "", None),
    ("https://bsky.app", "", None),
    ("https://bsky.app/search?q=ann", "", None),
    # X.
    ("@ann", "x", X),
    ("ann", "x", X),
    ("@ann", "twitter", X),
    ("Twitter: @ann", "", X),
    ("twitter:ann", "", X),
    ("I am on X @ann", "", X),
    ("@ann", "", None),
    ("ann", "", None),
    ("https://x.com/ann", "", X),
    ("https://x.com/ann", "mastodon", X),
    ("https://twitter.com/ann", "", X),
    ("http://www.twitter.com/ann/", "", X),
    ("mobile.twitter.com/ann", "", X),
    ("https://m.twitter.com/ann", "", X),
    ("https://twitter.com/@ann", "", X),
    ("https://twitter.com/#!/ann", "", X),
    ("https://x.com/ann?s=20&t=abc", "", X),
    ("https://x.com/ann/status/1234567890", "", X),
    ("https://x.com/ann/with_replies#top", "", X),
    ("https://twitter.com/intent/user?screen_name=ann", "", X),
    ("https://x.com/intent/follow?a=b&screen_name=%40ann", "", X),
    ("https://xcancel.com/ann", "", X),
    ("https://x.com/a%6En", "", X),
    ("https:\\\\x.com\\ann", "", X),
    ("https://https://x.com/ann", "", X),
    ("x.com/ann\u200b", "", X),
    ("\u202ahttps://x.com/ann\u202c", "", X),
    ("https://x.com/an%E2%80%8Bn", "", X),
    ("ｘ.com/ann", "", X),
    (
        "https://x.com/i/user/1234567890",
        "",
        ("x", "", "https://x.com/i/user/1234567890", "1234567890"),
    ),
    (
        "https://twitter.com/intent/user?user_id=12",
        "",
        ("x", "", "https://x.com/i/user/12", "12"),
    ),
    ("https://x.com/Ann_Lee", "", ("x", "@Ann_Lee", "https://x.com/Ann_Lee")),
    ("https://x.com", "", None),
    ("x.com", "x", None),
    ("https://x.com/home", "", None),
    ("https://x.com/search?q=ann", "", None),
    ("https://x.com/hashtag/ann", "", None),
    ("https://x.com/explore", "", None),
    ("https://x.com/i/status/123", "", None),
    ("https://x.com/i/web/status/123", "", None),
    ("https://twitter.com/intent/tweet?text=ann", "", None),
    ("https://x.com/settings", "", None),
    ("https://t.co/AbCdEf", "", None),
    ("https://bit.ly/ann", "", None),
    ("https://pic.twitter.com/ann", "", None),
    ("https://developer.twitter.com/docs", "", None),
    ("https://x.com/аnn", "", None),
    ("@ann\u0131", "x", None),
    ("@ann\u212a", "x", None),  # the sign of Kelvin
    ("ann-lee", "x", None),
    ("a234567890123456", "x", None),
    ("#ann", "x", None),
    ("home", "x", None),
    ("Ann Lee", "x", None),
    ("https://x.com/an%FFn", "", None),
    ("https://x.com/ann%2Flee", "", None),
    # Facebook.
    ("https://www.facebook.com/ann.lee", "", FACEBOOK),
    ("https://m.facebook.com/ann.lee/?mibextid=Zbwk", "", FACEBOOK),
    ("https://de-de.facebook.com/ann.lee/posts/123", "", FACEBOOK),
    ("fb.com/ann.lee", "", FACEBOOK),
    ("https://m.me/ann.lee", "", FACEBOOK),
    ("https://www.facebook.com/pg/ann.lee/about", "", FACEBOOK),
    ("ann.lee", "facebook", FACEBOOK),
    ("fb: ann.lee", "", FACEBOOK),
    ("https://www.facebook.com/profile.php?id=100012345678901", "", FACEBOOK_ID),
    ("facebook.com/profile.php?sk=about&id=100012345678901", "", FACEBOOK_ID),
    ("profile.php?id=100012345678901", "facebook", None),
    ("https://www.facebook.com/people/Ann-Lee/100012345678901/", "", FACEBOOK_ID),
    ("https://www.facebook.com/pages/Acme/100012345678901", "", FACEBOOK_ID),
    ("https://www.facebook.com/p/Acme-100012345678901/", "", FACEBOOK_ID),
    ("https://www.facebook.com/Café-Lee-100012345678901", "", FACEBOOK_ID),
    ("https://www.facebook.com/100012345678901", "", FACEBOOK_ID),
    (
        "https://m.facebook.com/story.php?story_fbid=1&id=100012345678901",
        "",
        FACEBOOK_ID,
    ),
    ("https://www.facebook.com/groups/123/user/100012345678901/", "", FACEBOOK_ID),
    ("https://www.facebook.com/profile.php?id=ann", "", None),
    ("https://www.facebook.com/groups/123", "", None),
    ("https://www.facebook.com/photo.php?fbid=123", "", None),
    ("https://www.facebook.com/events/123", "", None),
    ("https://www.facebook.com/sharer/sharer.php?u=https://acme.com", "", None),
    ("https://developers.facebook.com/docs", "", None),
    ("https://fb.me/abc", "", None),
    ("https://fb.watch/abc", "", None),
    # Instagram.
    ("https://www.instagram.com/ann.lee/", "", INSTAGRAM),
    ("https://instagram.com/Ann.Lee?igsh=MzRl", "", INSTAGRAM),
    ("instagr.am/ann.lee", "", INSTAGRAM),
    ("https://www.instagram.com/stories/ann.lee/123/", "", INSTAGRAM),
    ("https://www.instagram.com/ann.lee/reel/Cabc/", "", INSTAGRAM),
    ("https://www.instagram.com/_u/ann.lee", "", INSTAGRAM),
    ("https://ig.me/m/ann.lee", "", INSTAGRAM),
    ("@ann.lee", "instagram", INSTAGRAM),
    ("@ann.lee.", "instagram", INSTAGRAM),
    ("IG: @Ann.Lee", "", INSTAGRAM),
    ("Instagram：ann.lee", "", INSTAGRAM),
    ("ann..lee", "instagram", None),
    ("https://www.instagram.com/p/Cabc/", "", None),
    ("https://www.instagram.com/reel/Cabc/", "", None),
    ("https://www.instagram.com/explore/tags/ann/", "", None),
    ("https://www.instagram.com/stories/highlights/123/", "", None),
    ("https://about.instagram.com/ann", "", None),
    ("instagram.com", "instagram", None),
    # LinkedIn.
    ("https://www.linkedin.com/in/ann-lee", "", LINKEDIN),
    ("https://uk.linkedin.com/in/ann-lee/", "", LINKEDIN),
    ("linkedin.com/in/ann-lee?trk=abc", "", LINKEDIN),
    ("https://www.linkedin.com/in/ann-lee/de/details/skills", "", LINKEDIN),
    ("https://www.linkedin.com/mwlite/in/ann-lee", "", LINKEDIN),
    ("https://www.linkedin.com/comm/in/ann-lee?midToken=x", "", LINKEDIN),
    ("in/ann-lee", "linkedin", LINKEDIN),
    ("/in/ann-lee/", "linkedin", LINKEDIN),
    ("ann-lee", "linkedin", LINKEDIN),
    ("https://www.linkedin.com/company/acme/about/", "", COMPANY),
    ("company/acme", "linkedin", COMPANY),
    (
        "https://www.linkedin.com/in/j%C3%BCrgen-mu\u0308ller",
        "",
        (
            "linkedin",
            "in/jürgen-müller",
            "https://www.linkedin.com/in/j%C3%BCrgen-m%C3%BCller",
        ),
    ),
    ("https://www.linkedin.com/feed/", "", None),
    ("https://www.linkedin.com/in/", "", None),
    ("https://www.linkedin.com/in/me", "", None),
    ("https://www.linkedin.com/posts/ann-lee_hi-activity-1", "", None),
    ("https://lnkd.in/abc", "", None),
    # YouTube.
    ("https://www.youtube.com/@AnnLee", "", YOUTUBE),
    ("youtube.com/@AnnLee/videos", "", YOUTUBE),
    ("https://m.youtube.com/@AnnLee?si=abc", "", YOUTUBE),
    ("@AnnLee", "youtube", YOUTUBE),
    ("AnnLee", "youtube", YOUTUBE),
    ("@AnnLee@youtube.com", "", YOUTUBE),
    (f"https://www.youtube.com/channel/{CHANNEL}", "", YOUTUBE_ID),
    (f"https://music.youtube.com/channel/{CHANNEL}", "", YOUTUBE_ID),
    ("https://www.youtube.com/channel/UCshort", "", None),
    (
        "https://www.youtube.com/c/AnnLee",
        "",
        ("youtube", "c/AnnLee", "https://www.youtube.com/c/AnnLee"),
    ),
    (
        "https://www.youtube.com/user/AnnLee",
        "",
        ("youtube", "user/AnnLee", "https://www.youtube.com/user/AnnLee"),
    ),
    (
        "https://www.youtube.com/@アン",
        "",
        ("youtube", "@アン", "https://www.youtube.com/@%E3%82%A2%E3%83%B3"),
    ),
    ("https://www.youtube.com/watch?v=abc", "", None),
    ("https://www.youtube.com/shorts/abc", "", None),
    ("https://youtu.be/abc", "", None),
    ("https://www.youtube.com/", "", None),
    # TikTok.
    ("https://www.tiktok.com/@ann.lee", "", TIKTOK),
    ("https://www.tiktok.com/@Ann.Lee/video/123?lang=de", "", TIKTOK),
    ("ann.lee", "tiktok", TIKTOK),
    ("https://vm.tiktok.com/ZMabc/", "", None),
    ("https://www.tiktok.com/tag/ann", "", None),
    # Reddit.
    ("https://www.reddit.com/user/Ann_Lee/", "", REDDIT),
    ("https://old.reddit.com/u/Ann_Lee/comments", "", REDDIT),
    ("reddit.com/user/Ann_Lee/comments/abc/hello", "", REDDIT),
    ("https://www.reddit.com/r/u_Ann_Lee/comments/abc", "", REDDIT),
    ("u/Ann_Lee", "", REDDIT),
    ("/u/Ann_Lee", "reddit", REDDIT),
    ("Ann_Lee", "reddit", REDDIT),
    ("https://www.reddit.com/r/odoo/comments/abc/hello", "", None),
    ("https://www.reddit.com/user/me", "", None),
    ("r/odoo", "", None),
    ("https://redd.it/abc", "", None),
    # Threads.
    ("https://www.threads.net/@ann.lee", "", THREADS),
    ("https://www.threads.com/@ann.lee/post/Cabc", "", THREADS),
    ("@Ann.Lee", "threads", THREADS),
    ("https://www.threads.net/search", "", None),
    # GitHub and others.
    ("https://github.com/ann-lee", "", GITHUB),
    ("https://github.com/ann-lee/project/issues/1", "", GITHUB),
    ("https://gist.github.com/ann-lee/abc", "", GITHUB),
    ("https://github.com/orgs/ann-lee/people", "", GITHUB),
    ("https://github.com/features", "", None),
    ("https://docs.github.com/en", "", None),
    ("https://t.me/annlee", "", TELEGRAM),
    ("https://t.me/s/annlee/12", "", TELEGRAM),
    ("https://annlee.t.me", "", TELEGRAM),
    ("https://t.me/+AbCdEf", "", None),
    ("https://t.me/joinchat/AbCdEf", "", None),
    (
        "https://medium.com/@annlee/title-1a2b",
        "",
        ("medium", "@annlee", "https://medium.com/@annlee"),
    ),
    ("https://annlee.medium.com/", "", ("medium", "@annlee", None)),
    ("https://medium.com/publication/title", "", None),
    ("https://annlee.tumblr.com/post/1", "", ("tumblr", "annlee", None)),
    ("https://www.tumblr.com/blog/view/annlee", "", ("tumblr", "annlee", None)),
    ("https://de.pinterest.com/annlee/", "", ("pinterest", "annlee", None)),
    ("https://www.pinterest.co.uk/annlee/board", "", ("pinterest", "annlee", None)),
    ("https://www.pinterest.de/pin/123", "", None),
    ("https://www.twitch.tv/AnnLee", "", ("twitch", "annlee", None)),
    ("https://www.twitch.tv/directory/all", "", None),
    ("https://www.snapchat.com/add/annlee", "", ("snapchat", "annlee", None)),
    ("https://soundcloud.com/annlee/song", "", ("soundcloud", "annlee", None)),
    ("https://on.soundcloud.com/abcde", "", None),
    ("https://vimeo.com/annlee", "", ("vimeo", "annlee", None)),
    ("https://vimeo.com/123456", "", None),
    ("https://www.xing.com/profile/Ann_Lee", "", ("xing", "profile/Ann_Lee", None)),
    ("Ann_Lee", "xing", ("xing", "profile/Ann_Lee", None)),
    (
        "https://news.ycombinator.com/user?id=annlee",
        "",
        ("hackernews", "annlee", "https://news.ycombinator.com/user?id=annlee"),
    ),
    ("https://vk.com/id12345", "", ("vk", "", "https://vk.com/id12345", "12345")),
    (
        "https://stackoverflow.com/users/22656/ann-lee",
        "",
        ("stackoverflow", "", "https://stackoverflow.com/users/22656", "22656"),
    ),
    ("https://substack.com/@annlee", "", ("substack", "@annlee", None)),
    # Any other page.
    ("https://acme.com", "", ("web", "", "https://acme.com")),
    ("acme.com", "", ("web", "", "https://acme.com")),
    ("http://www.Acme.com/", "", ("web", "", "https://www.acme.com")),
    ("www.acme.qwerty", "", ("web", "", "https://www.acme.qwerty")),
    (
        "https://acme.com/Team/?utm_source=x&id=1&fbclid=2#ann",
        "",
        ("web", "", "https://acme.com/Team?id=1"),
    ),
    ("https://acme.com:8080/ann", "", ("web", "", "https://acme.com:8080/ann")),
    ("müller.de/über", "", ("web", "", "https://xn--mller-kva.de/%C3%BCber")),
    ("тwitter.com/ann", "", ("web", "", "https://xn--witter-orf.com/ann")),
    ("https://unpkg.com/@ann/lee", "", ("web", "", "https://unpkg.com/@ann/lee")),
    ("https://acme.com/users/12", "", ("web", "", "https://acme.com/users/12")),
    ("https://linktr.ee/ann", "", ("web", "", "https://linktr.ee/ann")),
    ("(https://acme.com/a_(b)).", "", ("web", "", "https://acme.com/a_(b)")),
    ("Web: acme.com", "", ("web", "", "https://acme.com")),
    ("ann@acme.com", "", None),
    ("ann.lee", "", None),
    ("node.js", "", None),
    ("т.е.", "", None),
    ("слово.Слово", "", None),
    ("кремль.рф", "", ("web", "", "https://xn--e1ajeds9e.xn--p1ai")),
    ("https://twitter.com@evil.example/ann", "", None),
    ("https://ann:secret@acme.com/", "", None),
    ("https://127.0.0.1/@ann", "", None),
    ("https://[::1]/@ann", "", None),
    ("https://localhost/@ann", "", None),
    ("https://acme.com:99999/ann", "", None),
    ("ftp://acme.com/ann", "", None),
    ("javascript:alert(1)//x.com/ann", "", None),
    ("data:text/html,<b>", "", None),
    ("https://", "", None),
    ("://", "", None),
    # What stands around it.
    ("<https://x.com/ann>", "", X),
    ("[Ann](https://x.com/ann)", "", X),
    ("[https://x.com/ann](https://x.com/ann)", "", X),
    ("**@ann@social.example**", "", MASTODON),
    ("`@ann@social.example`", "", MASTODON),
    ("“https://x.com/ann”,", "", X),
    ("'x.com/ann'", "", X),
    ("(x.com/ann).", "", X),
    ("https://x.com/ann!", "", X),
    ("https://x.com/ann。谢谢", "", X),
    ("x.com/ann's", "", X),
    ("🐘 @ann@social.example", "", MASTODON),
    ("🐘@ann@social.example🎉", "", MASTODON),
    ("- @ann@social.example", "", MASTODON),
    ("https://x.com/ann<https://x.com/ann>", "", X),
    ("@ann@social.example (https://social.example/@ann)", "", MASTODON),
    ("@ann@social.example<mailto:ann@social.example>", "", MASTODON),
    ('<a href="https://x.com/ann" rel="me">me</a>', "", X),
    ("My page is https://x.com/ann, ask me.", "", X),
    ("https://x.com/ann https://x.com/bob", "", None),
    ("https://x.com/bob @ann@social.example", "mastodon", MASTODON),
    # Links that pass on.
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fx.com%2Fann&h=AT0", "", X),
    ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fx.com%2Fann", "", X),
    (
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.com"
        "%2Fann&data=05%7C01",
        "",
        X,
    ),
    ("https://www.youtube.com/redirect?q=https%3A%2F%2Fx.com%2Fann", "", X),
    # Nothing.
    ("", "", None),
    ("", "x", None),
    ("@", "x", None),
    ("   \n", "x", None),
    ("ann", "nowhere", None),
]

SIGNATURE = """Kind regards
Ann Lee, CEO | Acme Ltd.
Tel.: +44 20 7946 0000, Fax 1.2
E-mail: ann@acme.com
Web: www.acme.com  ·  LinkedIn: https://uk.linkedin.com/in/ann-lee
Twitter @ann | Mastodon: @ann@social.example
Instagram
@ann.lee
YouTube: Acme Channel; GitHub: see below.
e.g. this is and/or that. And www.acme.com again.
"""


def _profile(expected):
    network, handle, url, *uri = expected
    return ProfileAddress(network, handle, url, *uri)


class TestProfileAddress(BaseCase):
    def test_pasted(self):
        for pasted, network, expected in PASTED:
            with self.subTest(pasted=pasted, network=network):
                found = parse_profile(pasted, network)
                if expected and found and expected[2] is None:
                    expected = (*expected[:2], found.url)
                self.assertEqual(found, expected and _profile(expected))

    def test_what_is_found_is_found_again(self):
        for pasted, network, expected in PASTED:
            found = parse_profile(pasted, network)
            if not expected or not found.url or "/user/" in found.url:
                continue
            with self.subTest(url=found.url):
                again = parse_profile(found.url)
                if found.network == "mastodon" and found.handle:
                    again_by_handle = parse_profile(found.handle)
                    self.assertEqual(again_by_handle.handle, found.handle)
                if "threads.net" not in found.handle:
                    self.assertEqual(again, found)

    def test_networks(self):
        for code, network in NETWORKS.items():
            for page in filter(None, (network.page, network.page_by_id)):
                host = page.split("/")[2].removeprefix("www.")
                self.assertEqual(_HOSTS[host], code)
                self.assertTrue(page.startswith("https://") and "{}" in page, code)
                self.assertIsNone(parse_profile(f"https://{host}/"), code)
                self.assertIsNone(parse_profile(f"https://{host}/about"), code)

    def test_signature(self):
        web = ("web", "", "https://www.acme.com")
        self.assertEqual(
            parse_profiles(SIGNATURE),
            [_profile(one) for one in (web, LINKEDIN, X, MASTODON, INSTAGRAM)],
        )
        # A chosen network does not make handles of the words of a text.
        self.assertEqual(parse_profiles(SIGNATURE, "github"), parse_profiles(SIGNATURE))

    def test_lists(self):
        ann, bob = _profile(X), ProfileAddress("x", "@bob", "https://x.com/bob")
        for pasted in (
            "ann, bob",
            "ann\nbob\n",
            "@ann;@bob",
            "@ann @bob",
            "x.com/ann,@bob,ann,https://twitter.com/Ann",
            "ann\r\n\r\nhttps://x.com/bob/status/1",
        ):
            with self.subTest(pasted=pasted):
                self.assertEqual(parse_profiles(pasted, "x"), [ann, bob])
        instagram = ProfileAddress("x", "@instagram", "https://x.com/instagram")
        self.assertEqual(parse_profiles("instagram\nann", "x"), [instagram, ann])
        self.assertEqual(
            parse_profiles("Twitter\n@ann\nTikTok\n@ann.lee"),
            [ann, _profile(TIKTOK)],
        )
        self.assertEqual(parse_profiles("ann bob", "x"), [])
        self.assertEqual(parse_profiles("ann, bob"), [])
        self.assertEqual(
            parse_profiles("ann@social.example\n@ann", "mastodon"),
            [_profile(MASTODON)],
        )

    def test_cut(self):
        """A word is read in full or not at all."""
        text = "https://x.com/ann ".ljust(MAX_LENGTH - 9) + "x.com/bobby"
        self.assertEqual(parse_profiles(text), [_profile(X)])
        self.assertEqual(parse_profiles("@ann," * MAX_LENGTH, "x"), [_profile(X)])
        self.assertEqual(parse_profiles("https://x.com/" + "a" * MAX_LENGTH), [])

    def test_junk(self):
        """Whatever it is, it takes no time and raises nothing."""
        chance = random.Random(4)
        signs = "@./:,;#?%&=()[]<>\"' \n\\-_aЯ你ü\u202e\u200b\ud800\u0300🐘"
        words = [pasted for pasted, _network, _expected in PASTED]
        junk = {
            "signs": "".join(chance.choices(signs, k=100_000)),
            "few": "".join(chance.choices("@./:a ", k=100_000)),
            "words": " ".join(chance.choices(words, k=4_000)),
            "glued": "".join(chance.choices(words, k=4_000)),
            "all": "".join(
                chr(chance.randrange(sys.maxunicode)) for _n in range(100_000)
            ),
            "names": "@a@b.cc " * 12_500,
            "hosts": "".join(f"@a@{'éñ' * 14}{n}.de " for n in range(2_500)),
            "punycode": "".join(f"@a@xn--{'a' * 40}{n}-kva.de " for n in range(1_800)),
            "query": f"https://x.com/?{'a=1&' * 25_000}",
            "escapes": ("https://acme.com/" + "%" * 3_000 + " ") * 33,
            "linkedin": ("https://linkedin.com/in/" + "%C3%BC" * 600 + " ") * 27,
            "wrapped": "https://google.com/url?q=" * 4_000,
            "labels": "twitter: ann\n" * 7_500,
            **{sign: sign * 100_000 for sign in "a@./:,%([\n 🐘ä"},
            **{sign: f"a{sign}" * 50_000 for sign in "@./:,%( \nä"},
        }
        for name, text in junk.items():
            for network in ("", "x", "mastodon", "bluesky", "youtube"):
                with self.subTest(junk=name, network=network):
                    spent = []
                    # Of three, and without what other programs took meanwhile.
                    for _try in range(3):
                        start = time.process_time()
                        for found in parse_profiles(text, network):
                            self.assertIn(found.network, {*NETWORKS, "mastodon", "web"})
                            self.assertTrue(found.url.startswith("https://"))
                            self.assertTrue(found.url.isascii(), found.url)
                            self.assertTrue(found.handle.isprintable())
                        spent.append(time.process_time() - start)
                        if spent[-1] < 1:
                            break
                    # Nothing explodes: what is slow here is a busy machine.
                    self.assertLess(min(spent), 1)

    def test_small_junk(self):
        chance = random.Random(5)
        words = [pasted for pasted, _network, _expected in PASTED if pasted]
        for _n in range(5_000):
            word = list(chance.choice(words))
            for _change in range(chance.randrange(1, 4)):
                place = chance.randrange(len(word) + 1)
                word[place : place + chance.randrange(2)] = chance.choice(
                    "@./:,#?% \\a-Я\u202eü"
                )
            network = chance.choice(["", "mastodon", *NETWORKS])
            for found in parse_profiles("".join(word), network):
                self.assertTrue(found.url.startswith("https://"), word)
                self.assertTrue(found.url.isascii() and " " not in found.url, word)
                self.assertTrue(
                    found.network == "web" or found.handle or found.uri, word
                )
