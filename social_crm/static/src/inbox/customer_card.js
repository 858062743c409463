import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {humanNumber} from "@web/core/utils/numbers";
import {useOpenRecord} from "../open_record/use_open_record";
import {webUrl} from "../social_timeline/timeline_data";

/** Who speaks, beside what they said: contact, profile, deals, tickets. */
export class CustomerCard extends Component {
    static template = "social_crm.CustomerCard";
    static props = {customer: Object, mayWrite: Boolean};

    setup() {
        this.open = useOpenRecord();
        this.action = useService("action");
    }

    /** Who may only read sees the profile. */
    who(id, ev) {
        if (!this.props.mayWrite || ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return this.open("social.crm.identity", id, ev);
        }
        ev.preventDefault();
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "social_crm_who",
            name: _t("Who is this?"),
            params: {identity_id: id},
        });
    }

    get profileUrl() {
        return webUrl(this.props.customer.profile.url);
    }

    get followers() {
        const {followers} = this.props.customer.profile;
        return followers
            ? _t("%s followers", humanNumber(followers, {decimals: 0}))
            : "";
    }

    hrefOf(resModel, resId) {
        return `/odoo/${resModel}/${resId}`;
    }
}
