import {useEnv} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/**
 * Say what was done to conversations, and offer to undo it.
 *
 * @param {(ids: number[]) => Promise<void>} [afterUndo]
 * @returns {{offer: Function, undoLast: Function}}
 */
export function useUndo(afterUndo) {
    // Not by useService: the offer outlives the screen that made it.
    const {orm, notification} = useEnv().services;
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
        await afterUndo?.(changes.map(({id}) => id));
    };
    return {
        /** ``changes`` is what ``social_do`` returned. */
        offer(changes, said, who) {
            const toast = {};
            const onClick = () => {
                last = null;
                toast.close();
                return undo(changes);
            };
            toast.close = notification.add(who ? `${said}: ${who}` : said, {
                type: "success",
                buttons: [{name: _t("Undo"), onClick}],
            });
            last = onClick;
        },
        undoLast: () => last?.(),
    };
}
