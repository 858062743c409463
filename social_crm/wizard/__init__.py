from . import base_module_uninstall, social_crm_connect
