import {onMounted, onWillUnmount} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {user} from "@web/core/user";
import {useBus, useService} from "@web/core/utils/hooks";

const NOTIFICATION = "social_crm.mentions";

/**
 * Hear of new mentions, at most once in `delay` milliseconds, and after the connection
 * was away: what was said meanwhile was never announced.
 *
 * @param {(payloads: Object[]) => void} callback gets what was announced since last time
 * @param {number} delay
 * @param {(payload: Object) => boolean} concerns
 * @returns {() => void} asks for the callback without any announcement
 */
export function useMentions(callback, delay, concerns = () => true) {
    const bus = useService("bus_service");
    let timer = null;
    let payloads = [];
    const later = () => {
        timer ||= browser.setTimeout(() => {
            const announced = payloads;
            timer = null;
            payloads = [];
            callback(announced);
        }, delay);
    };
    const isOurs = ({company_ids: ids}) =>
        !ids || user.activeCompanies.some(({id}) => ids.includes(id));
    const onNotification = (payload) => {
        if (isOurs(payload) && concerns(payload)) {
            payloads.push(payload);
            later();
        }
    };
    onMounted(() => bus.subscribe(NOTIFICATION, onNotification));
    onWillUnmount(() => {
        bus.unsubscribe(NOTIFICATION, onNotification);
        browser.clearTimeout(timer);
    });
    useBus(bus, "BUS:RECONNECT", later);
    return later;
}
