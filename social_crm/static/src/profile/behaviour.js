import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** When, how often and where somebody speaks; the bars say no more than the words. */
export class SocialBehaviour extends Component {
    static template = "social_crm.SocialBehaviour";
    static props = {...standardFieldProps};

    get behaviour() {
        return this.props.record.data[this.props.name];
    }

    bars(counts) {
        const most = Math.max(...counts, 1);
        return counts.map((count) => ({count, height: (100 * count) / most}));
    }

    get hours() {
        return this.bars(this.behaviour.hours).map((bar, hour) => ({
            ...bar,
            title: _t("%(hour)s:00: %(count)s", {hour, count: bar.count}),
        }));
    }

    get days() {
        const {days} = this.behaviour;
        return this.bars(days.map(([, count]) => count)).map((bar, index) => ({
            ...bar,
            label: days[index][0],
            title: `${days[index][0]}: ${bar.count}`,
        }));
    }

    get hoursLabel() {
        return _t(
            "Hours of the day: %s",
            this.hours
                .filter((bar) => bar.count)
                .map((bar) => bar.title)
                .join(", ")
        );
    }

    get daysLabel() {
        return _t("Days of the week: %s", this.days.map((bar) => bar.title).join(", "));
    }
}

registry.category("fields").add("social_crm_behaviour", {
    component: SocialBehaviour,
    displayName: _t("How they speak"),
    supportedTypes: ["json"],
});
