from . import (
    base_module_uninstall,
    base_partner_merge,
    crm_lead_to_opportunity,
    privacy_lookup,
    social_crm_ask,
    social_crm_connect,
    social_crm_fact_secret,
    social_crm_move,
    social_crm_split,
)
