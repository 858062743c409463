import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatFloat} from "@web/core/utils/numbers";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A rating as stars, by halves. */
export class SocialStars extends Component {
    static template = "social_crm.SocialStars";
    static props = {rating: Number};

    get label() {
        const {rating} = this.props;
        return _t("%s out of 5 stars", formatFloat(rating, {trailingZeros: false}));
    }

    get icons() {
        const {rating} = this.props;
        return [1, 2, 3, 4, 5].map((star) => {
            if (rating >= star - 0.25) {
                return "fa-star";
            }
            return rating >= star - 0.75 ? "fa-star-half-o" : "fa-star-o";
        });
    }
}

export class SocialStarsField extends Component {
    static template = "social_crm.SocialStarsField";
    static components = {SocialStars};
    static props = {...standardFieldProps};
}

registry.category("fields").add("social_crm_stars", {
    component: SocialStarsField,
    displayName: _t("Stars"),
    supportedTypes: ["float"],
});
