/**
 * Open a screen as its menu does: it shows what `trigger` names, and no error stands in
 * front of it.
 *
 * @param {string|Object} action
 * @param {string} trigger
 * @param {Object} [options] of the action service
 */
export function opens(action, trigger, options = {}) {
    const free = ".o_web_client:not(:has(.o_dialog))";
    return [
        {
            content: `Open ${action.name || action}`,
            trigger: free,
            run: () =>
                odoo.__WOWL_DEBUG__.root.env.services.action.doAction(action, {
                    clearBreadcrumbs: true,
                    ...options,
                }),
        },
        {trigger: `${free} ${trigger}`},
    ];
}
