import {useEnv} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

// Whoever lists conversations reads them again.
export const UNDONE = "SOCIAL_CRM:UNDONE";

/**
 * Say what was done to conversations, and offer to undo it.
 *
 * @param {(ids: number[]) => Promise<void>} [afterUndo]
 * @returns {{offer: Function, undoLast: Function}}
 */
export function useUndo(afterUndo) {
    // Not by useService: the offer outlives the screen that made it.
    const {bus, services} = useEnv();
    const {orm, notification} = services;
    let last = null;
    const undo = async (changes) => {
        const count = await orm.call("social.crm.conversation", "social_undo", [
            changes,
        ]);
        if (count) {
            notification.add(
                _t("Somebody has changed it since: that stays as it is."),
                {type: "warning"}
            );
        }
        const ids = changes.map(({id}) => id);
        await afterUndo?.(ids);
        bus.trigger(UNDONE, ids);
    };
    return {
        /** ``changes`` is what ``social_do`` returned; without words, only by key. */
        offer(changes, said, who) {
            const toast = {};
            const onClick = () => {
                last = last === onClick ? null : last;
                toast.close?.();
                return undo(changes);
            };
            if (said) {
                toast.close = notification.add(who ? `${said}: ${who}` : said, {
                    type: "success",
                    buttons: [{name: _t("Undo"), onClick}],
                });
            }
            last = onClick;
        },
        undoLast: () => last?.(),
    };
}
