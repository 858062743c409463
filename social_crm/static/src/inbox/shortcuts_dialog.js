import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";

/** The keys of the inbox. */
export class ShortcutsDialog extends Component {
    static template = "social_crm.ShortcutsDialog";
    static components = {Dialog};
    static props = {close: Function};

    get title() {
        return _t("Keys of the inbox");
    }

    get keys() {
        return [
            {key: "J ↓", does: _t("Next conversation")},
            {key: "K ↑", does: _t("Previous conversation")},
            {key: "D", does: _t("Done, and on to the next; on a done one: reopen")},
            {key: "A", does: _t("Assign to me")},
            {key: "S", does: _t("Snooze until tomorrow")},
            {key: "U", does: _t("Mark as unread")},
            {key: "Z", does: _t("Undo the last")},
            {key: "O", does: _t("Open on the network")},
            {key: "↵", does: _t("Open the whole record; Back leads to the same row")},
            {key: "X", does: _t("Select: D, A, S and U then work on all selected")},
            {key: "H", does: _t("This list")},
        ];
    }
}
