import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

const TOUR = "social_crm_moments";

/** The steps of core point at no menu of apps while a person walks. */
function goToApp(menu, content) {
    return [
        {
            isActive: ["desktop"],
            trigger: ".o_navbar_apps_menu button:enabled",
            content,
            tooltipPosition: "right",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".o_menu_toggle",
            content,
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            isActive: ["mobile"],
            trigger: ".o_sidebar_topbar a.btn-primary",
            content,
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: `.o_app[data-menu-xmlid="${menu}"]`,
            content,
            tooltipPosition: "right",
            run: "click",
        },
    ];
}

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
            trigger: ".o_social_look_card",
        },
        ...goToApp(
            "crm.crm_menu_root",
            _t(
                "Real posts, and nothing of it is stored; “Connect this” would fetch them. Now open the pipeline."
            )
        ),
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
            trigger: ".o_back_button, .o_breadcrumb a, .breadcrumb-item a",
            content: _t(
                "These are the words behind it. Go back when you have read them."
            ),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_opportunity_kanban",
        },
        ...goToApp(
            "social_crm.social_crm_menu_root",
            _t("Everything that waits stands in one inbox.")
        ),
        {
            trigger: ".o_social_inbox_list tbody",
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

registry
    .category("actions")
    .add("social_crm.moments", ({services}) =>
        services.tour_service.startTour(TOUR, {mode: "manual"})
    );
