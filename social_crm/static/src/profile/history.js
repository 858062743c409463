import {Component, useState} from "@odoo/owl";
import {deserializeDateTime, toLocaleDateString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** What a profile said of itself before, a day under the other. */
export class SocialHistory extends Component {
    static template = "social_crm.SocialHistory";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({changes: [], next: false});
        useRecordObserver((record) => {
            Object.assign(
                this.state,
                record.data[this.props.name] || {changes: [], next: false}
            );
        });
    }

    /** [{day, changes}], the newest day first. */
    get days() {
        const days = [];
        for (const change of this.state.changes) {
            const day = toLocaleDateString(deserializeDateTime(change.at));
            if (days.at(-1)?.day !== day) {
                days.push({day, changes: []});
            }
            days.at(-1).changes.push(change);
        }
        return days;
    }

    async more() {
        const {resId, resModel} = this.props.record;
        const page = await this.orm.call(resModel, "social_history", [
            [resId],
            this.state.next,
        ]);
        if (this.props.record.resId === resId) {
            this.state.changes = [...this.state.changes, ...page.changes];
            this.state.next = page.next;
        }
    }
}

/** How the number of followers went, as a line and in words. */
export class SocialGrowth extends Component {
    static template = "social_crm.SocialGrowth";
    static props = {...standardFieldProps};

    get growth() {
        return this.props.record.data[this.props.name];
    }

    /** Of the line, in a box of 100 × 20. */
    get points() {
        const {points} = this.growth;
        const least = Math.min(...points);
        const span = Math.max(...points) - least || 1;
        const step = 100 / Math.max(points.length - 1, 1);
        return points
            .map(
                (count, index) =>
                    `${index * step},${19 - (18 * (count - least)) / span}`
            )
            .join(" ");
    }
}

const fields = registry.category("fields");
fields.add("social_crm_history", {
    component: SocialHistory,
    displayName: _t("History of a profile"),
    supportedTypes: ["json"],
});
fields.add("social_crm_growth", {
    component: SocialGrowth,
    displayName: _t("Followers over time"),
    supportedTypes: ["json"],
});
