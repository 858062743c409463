{
    "name": "Social CRM for Helpdesk",
    "summary": "What customers say on public networks, on helpdesk tickets",
    "version": "19.0.1.0.0",
    "category": "Services/Helpdesk",
    "license": "AGPL-3",
    "author": "Social CRM contributors",
    "website": "https://github.com/social-crm/social-crm",
    "depends": ["social_crm", "helpdesk_mgmt"],
    "data": [],
    "auto_install": True,
}
