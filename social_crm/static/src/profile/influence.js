import {Component, onMounted} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** How far the words of a person carry, and how the number came about. */
export class SocialInfluence extends Component {
    static template = "social_crm.SocialInfluence";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        onMounted(() => this.look());
    }

    /** What was computed at night may be old: as soon as somebody looks it is new. */
    async look() {
        const {record} = this.props;
        const {resId, resModel} = record;
        if (!resId) {
            return;
        }
        const changed = await this.orm.silent.call(resModel, "social_look", [[resId]]);
        if (changed && record.resId === resId && !(await record.isDirty())) {
            await record.load();
        }
    }

    get influence() {
        return this.props.record.data[this.props.name];
    }

    points({points, most}) {
        return _t("%(points)s of %(most)s points", {points: Math.round(points), most});
    }
}

registry.category("fields").add("social_crm_influence", {
    component: SocialInfluence,
    displayName: _t("Influence"),
    supportedTypes: ["json"],
});
