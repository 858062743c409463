import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const MOODS = {
    negative: {icon: "fa-frown-o", color: "danger", label: _t("Unhappy")},
    neutral: {icon: "fa-meh-o", color: "muted", label: _t("Neutral")},
    positive: {icon: "fa-smile-o", color: "success", label: _t("Happy")},
};

/** What was said last, or who waits: network, mood and age on a card or in a list. */
export class SocialMark extends Component {
    static template = "social_crm.SocialMark";
    static props = {...standardFieldProps};

    get mark() {
        return this.props.record.data[this.props.name];
    }

    get mood() {
        return MOODS[this.mark.mood];
    }

    get tooltip() {
        const {network, waiting, age, quote} = this.mark;
        const what = waiting
            ? _t("%(network)s: waits for our answer, %(age)s", {network, age})
            : _t("%(network)s: spoke %(age)s ago", {network, age});
        return quote ? `${what}\n“${quote}”` : what;
    }
}

registry.category("fields").add("social_crm_mark", {
    component: SocialMark,
    displayName: _t("Social mark"),
    supportedTypes: ["json"],
});
