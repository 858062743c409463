import {registry} from "@web/core/registry";

/** Two people of one name: the one of the town is she, the other is not. */
registry.category("web_tour.tours").add("social_crm_who", {
    steps: () => [
        {
            content: "The surest first, with the reasons",
            trigger: ".o_social_match:contains(Mary Winterbottom):contains(Same town)",
            run: "press 1",
        },
        {
            content: "It may be undone",
            trigger: ".o_notification:contains(Mary Winterbottom is Mary Winterbottom)",
        },
        {
            content: "Or another contact chosen instead",
            trigger: ".o_notification button:contains(Somebody else)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=from_id]:contains(Mary Winterbottom)",
        },
        {
            trigger: ".modal button[special=cancel], .modal .o_form_button_cancel",
            run: "click",
        },
        {
            trigger: ".o_social_match:not(:contains(Same town))",
            run: "press z",
        },
        {
            trigger: ".o_social_match:contains(Same town) button[name=link]",
            run: "click",
        },
        {
            content: "The namesake is somebody else",
            trigger: ".o_social_who_profile:contains(@fan@example)",
            run: "press x",
        },
        {
            trigger: ".o_social_nobody:contains(Nobody is left)",
        },
    ],
});
