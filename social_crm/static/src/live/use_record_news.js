import {onMounted, onWillUnmount} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useBus, useService} from "@web/core/utils/hooks";
import {NOTIFICATION} from "./use_mentions";

/** Does this notification tell of what a contact, a lead or a ticket shows? */
export function isAbout(record, payload) {
    const {resId, resModel, data} = record;
    const has = (name, id) => Boolean(id) && (payload[name] || []).includes(id);
    if (!resId) {
        return false;
    }
    if (resModel === "res.partner") {
        // A company also shows its people, whom the form does not know: just ask.
        return (
            has("partner_ids", resId) ||
            Boolean(data.is_company && payload.partner_ids?.length)
        );
    }
    const routed = {"crm.lead": "lead_ids", "helpdesk.ticket": "ticket_ids"}[resModel];
    return has(routed, resId) || has("partner_ids", data.partner_id?.id);
}

/**
 * Hear of news about a record, at most once in `delay` milliseconds, and after the
 * connection was away: what was said meanwhile was never announced.
 *
 * @param {() => Object|undefined} getRecord
 * @param {() => void} callback
 * @param {number} delay
 */
export function useRecordNews(getRecord, callback, delay) {
    const bus = useService("bus_service");
    let timer = null;
    const later = () => {
        timer ||= browser.setTimeout(() => {
            timer = null;
            callback();
        }, delay);
    };
    const onNotification = (payload) => {
        const record = getRecord();
        if (record && isAbout(record, payload)) {
            later();
        }
    };
    onMounted(() => bus.subscribe(NOTIFICATION, onNotification));
    onWillUnmount(() => {
        bus.unsubscribe(NOTIFICATION, onNotification);
        browser.clearTimeout(timer);
    });
    useBus(bus, "BUS:RECONNECT", later);
}
