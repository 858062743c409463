"""Telling the screens what has changed."""

CHANNEL = "social_crm.group_reader"
NOTIFICATION = "social_crm.mentions"


class News:
    """What has changed since the screens were told: ids only.

    The screens read with their own rights, so ids are all that may go over the bus.
    """

    def __init__(self):
        self.identity_ids = set()
        self.conversation_ids = set()

    def add(self, rows):
        self.identity_ids.update(row.identity_id for row in rows)
        self.conversation_ids.update(row.conversation_id for row in rows)

    def send(self, env):
        """Send one notification for all and forget them."""
        if not self.identity_ids:
            return
        conversations = sorted(self.conversation_ids - {None})
        # sudo: ids of contacts, not who they are.
        identities = env["social.crm.identity"].sudo().browse(self.identity_ids)
        payload = {
            "partner_ids": identities.partner_id.ids,
            "conversation_ids": conversations,
            **env["social.crm.conversation"]._notification_targets(conversations),
        }
        env.ref(CHANNEL)._bus_send(NOTIFICATION, payload)
        self.__init__()
