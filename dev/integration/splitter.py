"""Splits profiles beside a fetch: ``python -m dev.integration.splitter CONF DB COUNT``.

The people of ``source`` have three posts each, a second apart; the account of each
changes hands after the first. Like a request it begins again when another transaction
was faster.
"""

import sys
import time
from datetime import timedelta

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

FASTER = (DeadlockDetected, SerializationFailure)
PAUSE = 0.05


def split(registry, uri):
    """Split one profile as soon as it has spoken; return whether it could be."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        profile = env["social.crm.identity"].search([("uri", "=", uri)])
        if len(profile.mention_ids) < 3:
            return False
        first = min(profile.mention_ids.mapped("published_at"))
        try:
            profile._split_at(first + timedelta(seconds=1))
            env.flush_all()
        except FASTER:
            cr.rollback()
            return False
        cr.commit()
        return True


def main(conf, database, count):
    config.parse_config(["-c", conf, "-d", database], setup_logging=True)
    registry = Registry(database)
    print("ready", flush=True)
    for number in range(1, int(count) + 1):
        while not split(registry, f"https://same.example/users/p{number}"):
            time.sleep(PAUSE)
    print("ended", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
