import {registry} from "@web/core/registry";

/** Somebody asks what we keep, then to be forgotten. */
registry.category("web_tour.tours").add("social_crm_privacy", {
    steps: () => [
        {
            content: "The archive is offered on the profile",
            trigger: "button[name=action_export]",
        },
        {
            trigger: "button[name=action_opt_out]",
            run: "click",
        },
        {
            content: "What goes and what stays is said first",
            trigger: ".modal:contains(stored without a name) .btn-primary",
            run: "click",
        },
        {
            trigger: ".alert:contains(has opted out)",
        },
        {
            trigger: "button[name=action_erase]",
            run: "click",
        },
        {
            trigger: ".modal:contains(The contact stays) .btn-primary",
            run: "click",
        },
        {
            content: "Back in the list, without the person",
            trigger: ".o_list_view .o_data_row:contains(Bob)",
        },
        {
            trigger: ".o_list_view:not(:contains(ann@example.social))",
        },
    ],
});

/** A Social Administrator lifts it. */
registry.category("web_tour.tours").add("social_crm_opt_outs", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(Opted out) button[name=action_lift]",
            run: "click",
        },
        {
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent:contains(Nobody has opted out)",
        },
    ],
});
