import {useMentions} from "./use_mentions";

/** Does this notification tell of what a contact, a lead or a ticket shows? */
function isAbout(record, payload) {
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
 * Hear of news about a record: see `useMentions`.
 *
 * @param {() => Object|undefined} getRecord
 * @param {() => void} callback
 * @param {number} delay
 * @returns {() => void} asks for the callback all the same
 */
export function useRecordNews(getRecord, callback, delay) {
    const concerns = (payload) => {
        const record = getRecord();
        return Boolean(record) && isAbout(record, payload);
    };
    return useMentions(() => callback(), delay, concerns);
}
