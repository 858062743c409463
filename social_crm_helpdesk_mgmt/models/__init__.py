from . import helpdesk_ticket, social_crm_conversation
