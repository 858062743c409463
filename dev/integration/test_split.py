"""Accounts that change hands while several processes fetch."""

import subprocess

import pytest

from ..paths import PYTHON, ROOT
from . import test_workers
from .test_workers import Worker, conf, connect, postgres, run, source, stored

__all__ = ["conf", "postgres", "run", "source"]
SPLIT, POSTS = 100, 5_000


@pytest.mark.parametrize("source", [POSTS], indirect=True)
def test_what_was_split_stays_apart(source, conf, run):
    connect(run, source, ("same1", "same2"))
    with Worker(conf) as one, Worker(conf) as two:
        splitter = subprocess.Popen(
            [
                *(PYTHON, "-m", "dev.integration.splitter"),
                *(conf, test_workers.DATABASE, str(SPLIT)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert splitter.stdout.readline().strip() == "ready"
        one.go()
        two.go()
        assert one.answer() == two.answer() == "ended 0"
        assert splitter.stdout.readline().strip() == "ended"
        assert splitter.wait() == 0
    assert stored(run) == (POSTS, POSTS)
    whose = run(
        """
        SELECT i.split_until IS NOT NULL, m.published_at < p.split_until, count(*)
        FROM social_crm_identity p
        JOIN social_crm_identity i ON p.split_of_id IN (i.id, i.split_of_id)
        JOIN social_crm_mention m ON m.identity_id = i.id
        GROUP BY 1, 2 ORDER BY 1
        """
    )
    assert whose == [(False, False, 2 * SPLIT), (True, True, SPLIT)]
    assert run(
        """
        SELECT count(*) FROM social_crm_conversation c WHERE mention_count <> (
            SELECT count(*) FROM social_crm_mention m WHERE m.conversation_id = c.id)
        """
    ) == [(0,)]
