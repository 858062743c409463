from . import (
    helpdesk_ticket,
    helpdesk_ticket_team,
    social_crm_conversation,
    social_crm_identity,
    social_crm_team,
)
