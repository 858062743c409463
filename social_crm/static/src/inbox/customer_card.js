import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {humanNumber} from "@web/core/utils/numbers";
import {webUrl} from "../social_timeline/timeline_data";

/** Who speaks, beside what they said: contact, profile, deals, tickets. */
export class CustomerCard extends Component {
    static template = "social_crm.CustomerCard";
    static props = {customer: Object};

    setup() {
        this.action = useService("action");
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

    /** Links are links: a click with Ctrl opens a tab, a plain one stays in the app. */
    open(ev, resModel, resId) {
        if (ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return;
        }
        ev.preventDefault();
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }
}
