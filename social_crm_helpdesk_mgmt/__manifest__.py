{
    "name": "Social CRM for Helpdesk",
    "summary": "What customers say on public networks, on helpdesk tickets",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "AGPL-3",
    "author": "Social CRM contributors",
    "website": "https://github.com/social-crm/social-crm",
    "depends": ["social_crm", "helpdesk_mgmt"],
    "data": [
        "security/social_crm_helpdesk_mgmt_security.xml",
        "views/social_crm_conversation_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_ticket_team_views.xml",
    ],
    "demo": ["demo/helpdesk_ticket.xml"],
    "assets": {
        "web.assets_tests": ["social_crm_helpdesk_mgmt/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
