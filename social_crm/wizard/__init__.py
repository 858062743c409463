from . import base_module_uninstall, base_partner_merge, social_crm_connect
