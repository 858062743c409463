import {Component} from "@odoo/owl";
import {RelativeTime} from "@mail/core/common/relative_time";
import {formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {MOODS} from "../social_timeline/social_mention";

/** One conversation of the inbox: who, where, since when, the last words. */
export class InboxRow extends Component {
    static template = "social_crm.InboxRow";
    static components = {RelativeTime};
    static props = {...standardFieldProps};

    get data() {
        return this.props.record.data;
    }

    get name() {
        return this.data.author_name || this.data.identity_id?.display_name || "";
    }

    /** Rows of a sample are nobody's. */
    get picture() {
        const isSample = this.props.record.model.useSampleModel;
        return isSample ? "" : `/social_crm/avatar/${this.data.identity_id?.id}`;
    }

    get networkLabel() {
        const {selection} = this.props.record.fields.network;
        return Object.fromEntries(selection)[this.data.network] || "";
    }

    get mood() {
        return this.data.mood !== "neutral" && MOODS[this.data.mood];
    }

    get isPrivate() {
        return this.data.visibility === "private";
    }

    get isOurs() {
        const {last_out_at: ours, last_mention_at: last} = this.data;
        return Boolean(ours) && ours >= last;
    }

    get stateLabel() {
        // New and open are what an inbox holds: only the others are worth a word.
        const {selection} = this.props.record.fields.state;
        return ["new", "open"].includes(this.data.state)
            ? ""
            : Object.fromEntries(selection)[this.data.state];
    }

    get waitsSince() {
        return this.stateLabel ? false : this.data.waiting_since;
    }

    get timeTitle() {
        const {last_mention_at: spoke} = this.data;
        return this.waitsSince
            ? _t("Waits for our answer since %(since)s, last spoke %(spoke)s", {
                  since: formatDateTime(this.waitsSince),
                  spoke: formatDateTime(spoke),
              })
            : _t("Last spoke %s", formatDateTime(spoke));
    }
}

export const inboxRow = {
    component: InboxRow,
    displayName: _t("Conversation in the inbox"),
    supportedTypes: ["char"],
    fieldDependencies: [
        {name: "identity_id", type: "many2one"},
        {name: "author_name", type: "char"},
        {name: "network", type: "selection"},
        {name: "network_icon", type: "char"},
        {name: "visibility", type: "selection"},
        {name: "mood", type: "selection"},
        {name: "state", type: "selection"},
        {name: "unread", type: "boolean"},
        {name: "waiting_since", type: "datetime"},
        {name: "last_mention_at", type: "datetime"},
        {name: "last_out_at", type: "datetime"},
        {name: "user_id", type: "many2one"},
    ],
};
registry.category("fields").add("social_inbox_row", inboxRow);
