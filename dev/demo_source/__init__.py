"""A small social network for the demo: personas who post, ask, get angry and thank.

It speaks as much of the Mastodon API as the add-on's connector asks for, and has a feed
of reviews; the add-on fetches from it over HTTP, as it does from the real ones.
``python -m dev.demo_source --help`` runs it alone.
"""

TOKEN = "demo-token"
