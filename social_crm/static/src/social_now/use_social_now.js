import {useService} from "@web/core/utils/hooks";
import {useRecordNews} from "../live/use_record_news";

const DELAY = 1000;
const NAMES = ["social_now", "social_handles"];

/**
 * Read only our own fields of a form again: nothing that was typed is touched.
 *
 * @param {Object} orm
 * @param {() => Object|undefined} getRecord
 */
export async function refreshSocial(orm, getRecord) {
    const record = getRecord();
    const names = NAMES.filter((name) => name in (record?.activeFields || {}));
    const {resId, resModel} = record || {};
    if (!names.length || !resId) {
        return;
    }
    const [values] = await orm.silent.webRead(resModel, [resId], {
        specification: Object.fromEntries(names.map((name) => [name, {}])),
    });
    if (values && getRecord() === record && record.resId === resId) {
        record._applyValues(values);
    }
}

/**
 * Keep what a form says of now as fresh as its timeline, also while somebody edits it.
 *
 * @param {() => Object|undefined} getRecord
 */
export function useSocialNow(getRecord) {
    const orm = useService("orm");
    useRecordNews(getRecord, () => refreshSocial(orm, getRecord), DELAY);
}
