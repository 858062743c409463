"""A profile with 50,000 mentions gets another contact."""

import time

from ..console import say
from . import runtime, table


def run(database, mentions, runs=3):
    answers, whole = [], []
    numbers = table.shape(mentions)
    with runtime.environment(database) as env:
        identity = env["social.crm.identity"].browse(2)
        others = [table.FIRST_CONTACT + numbers["contacts"] - n for n in range(runs)]
        for other in others:
            partner = env["res.partner"].browse(other)
            begin = time.perf_counter()
            identity._link(partner, "manual")
            env.cr.commit()
            answers.append(time.perf_counter() - begin)
            env.invalidate_all()
            env["social.crm.identity"]._cron_relink()
            env.cr.commit()
            whole.append(time.perf_counter() - begin)
            env.cr.execute(
                "SELECT count(*) FROM social_crm_mention WHERE identity_id = 2"
                " AND partner_id = %s",
                [other],
            )
            (count,) = env.cr.fetchone()
            if count != numbers["heavy"] or identity.relink_pending:
                raise RuntimeError(f"{count} mentions followed, not {numbers['heavy']}")
            say(f"  answered in {answers[-1]:.2f} s, complete in {whole[-1]:.1f} s")
    return {
        "relink_s": runtime.median(answers),
        "relink_complete_s": runtime.median(whole),
    }
