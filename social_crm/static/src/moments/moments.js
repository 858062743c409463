import {markup} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const TOUR = "social_crm_moments";

/** A walk through what it does, for those who see it for the first time. */
registry.category("web_tour.tours").add(TOUR, {
    url: "/odoo/social-look",
    steps: () => [
        {
            trigger: "#o_social_look_name",
            content: _t(
                "What do people say about a name? Type one, “velorin” for example."
            ),
            tooltipPosition: "bottom",
            run: "edit velorin",
        },
        {
            trigger: ".o_social_look_button:enabled",
            content: _t("Look: no account, no key."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            trigger: ".o_social_look_card a",
            content: markup(
                _t(
                    "<b>Real posts.</b> Nothing of it is stored; connect a source, and it is fetched from then on. Now to the pipeline."
                )
            ),
        },
        ...stepUtils.goToAppSteps("crm.crm_menu_root", _t("Open the pipeline.")),
        {
            trigger: ".o_opportunity_kanban .o_social_mark",
            content: _t(
                "The pipeline speaks: who waits, since when, in which mood. Click it."
            ),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o_social_thread .o_kanban_record",
        },
        {
            trigger: ".o_breadcrumb a, .breadcrumb-item a",
            content: _t("These are the words behind it. Go back when you have read them."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_opportunity_kanban",
        },
        ...stepUtils.goToAppSteps(
            "social_crm.social_crm_menu_root",
            _t("Everything that waits stands in one inbox.")
        ),
        {
            trigger: ".o_data_row .o_data_cell",
            content: _t("Who waits longest stands first. Choose one and read."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            isActive: ["desktop"],
            trigger: ".o_social_reading button[name=keys]",
            content: _t("All of it works without a mouse: these are the keys."),
            tooltipPosition: "left",
            run: "click",
        },
        {
            isActive: ["desktop"],
            trigger: ".modal .btn-close",
            content: _t("J is the next one, D is done."),
            run: "click",
        },
    ],
});

registry.category("actions").add("social_crm.moments", ({services}) =>
    services.tour_service.startTour(TOUR, {mode: "manual"})
);
