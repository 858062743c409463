import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The posts that a test read: texts of strangers, shown as text. */
export class SocialPreviewField extends Component {
    static template = "social_crm.PreviewField";
    static props = {...standardFieldProps};

    get posts() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("social_crm_preview", {
    component: SocialPreviewField,
    supportedTypes: ["json"],
});
