import {useEnv} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

// Whoever lists conversations reads them again.
export const UNDONE = "SOCIAL_CRM:UNDONE";

/**
 * Say what was done, and offer to undo it, or what else ``others`` are buttons for.
 *
 * @param {(done: Object) => Promise<void>} undo
 * @returns {{offer: Function, undoLast: Function}}
 */
export function useUndo(undo) {
    // Not by useService: the offer outlives the screen that made it.
    const {notification} = useEnv().services;
    let last = null;
    let shown = {};
    return {
        /** ``done`` is what ``undo`` takes; without words, only by key. */
        offer(done, said, others = []) {
            // One at a time: many cover what one works on.
            shown.close?.();
            const toast = (shown = {});
            const closing = (button) => ({
                ...button,
                onClick: () => {
                    toast.close?.();
                    return button.onClick();
                },
            });
            const onClick = () => {
                last = last === onClick ? null : last;
                toast.close?.();
                return undo(done);
            };
            if (said) {
                toast.close = notification.add(said, {
                    type: "success",
                    buttons: [{name: _t("Undo"), onClick}, ...others.map(closing)],
                });
            }
            last = onClick;
        },
        undoLast: () => last?.(),
    };
}

/**
 * The same for work on conversations: what is offered is what ``social_do`` returned.
 *
 * @param {(ids: number[]) => Promise<void>} [afterUndo]
 * @returns {{offer: Function, undoLast: Function}}
 */
export function useUndoWork(afterUndo) {
    const {bus, services} = useEnv();
    return useUndo(async (changes) => {
        const count = await services.orm.call(
            "social.crm.conversation",
            "social_undo",
            [changes]
        );
        if (count) {
            services.notification.add(
                _t("Somebody has changed it since: that stays as it is."),
                {type: "warning"}
            );
        }
        const ids = changes.map(({id}) => id);
        await afterUndo?.(ids);
        bus.trigger(UNDONE, ids);
    });
}
