"""What Odoo does not take away by itself when the add-on is uninstalled."""


def uninstall_hook(env):
    """Remove extra lanes, parameters and cached pictures; records go by themselves."""
    env["social.crm.examples"]._remove_everywhere()
    # What was archived or done goes, too.
    env = env(context={**env.context, "active_test": False})
    env["ir.cron"].search([("code", "=", "model._cron_fetch()")]).unlink()
    env["ir.config_parameter"].search([("key", "=like", "social_crm.%")]).unlink()
    env["ir.attachment"].search([("res_model", "=like", "social.crm.%")]).unlink()
    env["ir.filters"].search([("model_id", "=like", "social.crm.%")]).unlink()
    env["mail.activity"].search([("res_model", "=like", "social.crm.%")]).unlink()
    env["mail.message"].search([("model", "=like", "social.crm.%")]).unlink()
    env["mail.followers"].search([("res_model", "=like", "social.crm.%")]).unlink()
