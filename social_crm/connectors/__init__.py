"""Connectors: one file a network. This package never imports odoo."""

from .base import SocialConnector
from .bluesky import Bluesky
from .feed import Feed
from .mastodon import Mastodon

# The whole registry: a new network is one file and one line.
CONNECTORS: dict[str, type[SocialConnector]] = {
    cls.code: cls for cls in (Bluesky, Feed, Mastodon)
}
