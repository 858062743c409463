import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useOpenConversation} from "../social_now/social_now";
import {MOODS} from "../social_timeline/social_mention";

/**
 * What was said last, or who waits: network, mood and age on a card or in a list. One
 * click leads to the words.
 */
export class SocialMark extends Component {
    static template = "social_crm.SocialMark";
    static props = {...standardFieldProps};

    setup() {
        this.open = useOpenConversation();
    }

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
