"""Telling the screens what has changed."""

CHANNEL = "social_crm.group_reader"
NOTIFICATION = "social_crm.mentions"


def send_news(env, conversation_ids, identity_ids):
    """Tell the screens which conversations have changed, and whose.

    The screens read with their own rights, so ids are all that may go over the bus.
    """
    # sudo: ids of companies and contacts, not who they are.
    identities = env["social.crm.identity"].sudo().browse(identity_ids)
    payload = {
        "company_ids": identities.company_id.ids,
        "partner_ids": identities.partner_id.ids,
        "conversation_ids": conversation_ids,
        **env["social.crm.conversation"]._notification_targets(conversation_ids),
    }
    env.ref(CHANNEL)._bus_send(NOTIFICATION, payload)


class News:
    """What the ingest has changed since the screens were told."""

    def __init__(self):
        self.identity_ids = set()
        self.conversation_ids = set()

    def add(self, rows):
        self.identity_ids.update(row.identity_id for row in rows)
        self.conversation_ids.update(row.conversation_id for row in rows)

    def send(self, env):
        """Send one notification for all and forget them."""
        if self.identity_ids:
            conversation_ids = sorted(self.conversation_ids - {None})
            send_news(env, conversation_ids, self.identity_ids)
            self.__init__()
