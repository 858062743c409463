import {useService} from "@web/core/utils/hooks";

/**
 * Open the form of a record in the app. A link is a link: with Ctrl, Shift or Meta the
 * browser does with it what it always does.
 *
 * @returns {(resModel: string, resId: number, ev?: MouseEvent) => Promise|undefined}
 */
export function useOpenRecord() {
    const action = useService("action");
    return (resModel, resId, ev) => {
        if (ev?.ctrlKey || ev?.metaKey || ev?.shiftKey) {
            return;
        }
        ev?.preventDefault();
        return action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    };
}
