import {onMounted, onWillUnmount} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useService} from "@web/core/utils/hooks";

export const NOTIFICATION = "social_crm.mentions";

/**
 * Hear of new mentions, at most once in `delay` milliseconds.
 *
 * @param {({conversation_ids: Set<number>}) => void} callback gets all ids since last time
 * @param {number} delay
 */
export function useMentions(callback, delay) {
    const bus = useService("bus_service");
    let timer = null;
    let ids = new Set();
    const onNotification = ({conversation_ids: some = []}) => {
        some.forEach((id) => ids.add(id));
        timer ||= browser.setTimeout(() => {
            const all = ids;
            timer = null;
            ids = new Set();
            callback({conversation_ids: all});
        }, delay);
    };
    onMounted(() => bus.subscribe(NOTIFICATION, onNotification));
    onWillUnmount(() => {
        bus.unsubscribe(NOTIFICATION, onNotification);
        browser.clearTimeout(timer);
    });
}
