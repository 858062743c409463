{
    "name": "Social CRM",
    "summary": "What customers say on public networks, on contacts, leads and tickets",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Social CRM contributors",
    "website": "https://github.com/social-crm/social-crm",
    "depends": ["crm", "privacy_lookup"],
    "external_dependencies": {"python": ["requests", "lxml"]},
    "data": [
        "security/social_crm_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron.xml",
        "data/social_crm_team.xml",
    ],
    "assets": {
        "web.assets_backend": ["social_crm/static/src/**/*"],
        "web.assets_unit_tests": ["social_crm/static/tests/**/*.test.js"],
        "web.assets_tests": ["social_crm/static/tests/tours/**/*"],
    },
    "application": True,
}
