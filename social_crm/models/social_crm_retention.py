"""The nightly job, and what the ingest must not bring back."""

import logging

from odoo import api, models
from odoo.fields import Domain

from ..connectors.records import Post
from .ingest_values import stamp
from .retention import Retention
from .social_crm_feed import CONFLICTS, MAX_TRIES

_logger = logging.getLogger(__name__)


class SocialCrmRetention(models.Model):
    # A concern, a file.
    _inherit = "social.crm.retention"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _cron_retention(self):
        """Delete what is too old; each step is committed."""
        crons = self.env["ir.cron"]
        self.env["social.crm.network"]._sync()
        job, failures = Retention(self.env), 0
        while not job.is_done:
            try:
                count = job.run()
            except CONFLICTS:
                # Fetching goes first. What is left is found again.
                self.env.cr.rollback()
                failures += 1
                if failures > MAX_TRIES:
                    break
                continue
            if not crons._commit_progress(count, remaining=int(not job.is_done)):
                break
        if any(job.deleted.values()):
            _logger.info("Social mentions that were too old: %s", job.deleted)

    @api.model
    def _is_too_old(self, company_id, network):
        """Return a function of a post: whether it must not be stored any more.

        One answer for all ways in which old posts come: history, pages that are read
        again, imports. Needs no query for a page.
        """
        limits = {
            kind: stamp(cutoff)
            for kind, cutoff in self._cutoffs(company_id, network).items()
            if cutoff
        }

        def is_too_old(post: Post) -> bool:
            limit = limits.get(post.kind)
            return bool(limit and post.published_at) and (
                stamp(post.published_at) < limit
            )

        return is_too_old


class SocialCrmMention(models.Model):
    # A concern, a file.
    _inherit = "social.crm.mention"  # pylint: disable=consider-merging-classes-inherited

    _age_idx = models.Index("(company_id, network, kind, published_at)")


class SocialCrmConversation(models.Model):
    # A concern, a file.
    _inherit = "social.crm.conversation"  # pylint: disable=consider-merging-classes-inherited

    _empty_idx = models.Index("(id) WHERE mention_count = 0 AND preview IS NULL")

    @api.model
    def _retention_work(self):
        """The domain of those that stay although nothing said in them is left.

        Somebody has taken it up and is not done, has planned an activity, or the deal
        that it belongs to is open.
        """
        taken = Domain("state", "in", ("open", "snoozed"))
        taken |= Domain("state", "=", "new") & Domain("user_id", "!=", False)
        deal = Domain("lead_id.won_status", "=", "pending")
        return taken | Domain("activity_ids", "!=", False) | deal
