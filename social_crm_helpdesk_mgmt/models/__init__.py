from . import helpdesk_ticket, social_crm_conversation, social_crm_identity
