import {registry} from "@web/core/registry";

/** The network wants the person to be asked: words, and that it was done. */
registry.category("web_tour.tours").add("social_crm_ask", {
    steps: () => [
        {
            content: "Why it cannot be linked, and what to do instead",
            trigger: ".alert:contains(People must opt in) button[name=ask]",
            run: "click",
        },
        {
            trigger: ".modal:contains(Hello @ann@example.social):contains(YES)",
        },
        {
            trigger: ".modal button:contains(Copy)",
        },
        {
            trigger: ".modal button[name=action_open_profile]:contains(Mastodon)",
        },
        {
            trigger: ".modal button[name=action_asked]",
            run: "click",
        },
        {
            content: "Nothing to do but wait",
            trigger: ".alert:contains(has not answered yet)",
        },
        {
            trigger: ".alert:not(:has(.btn:contains(Copy)))",
        },
    ],
});

/** They said yes on the phone: noted, linked, and withdrawn again. */
registry.category("web_tour.tours").add("social_crm_note_answer", {
    steps: () => [
        {
            trigger: ".o_statusbar_buttons button:contains(Note an answer)",
            run: "click",
        },
        {
            trigger: ".modal div[name=source] input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(Phone call)",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_note]",
            run: "click",
        },
        {
            trigger: "div[name=consent_state] .badge:contains(Given)",
        },
        {
            trigger: "div[name=partner_id] input",
            run: "edit Ann Kettle",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Ann Kettle)",
            run: "click",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: "div[name=link_basis]:contains(Stated by the person)",
        },
        {
            trigger: ".o_statusbar_buttons button:contains(Note an answer)",
            run: "click",
        },
        {
            content: "What happens is said first",
            trigger: ".modal:contains(leaves its contact at once)",
        },
        {
            trigger: ".modal button[name=action_note]",
            run: "click",
        },
        {
            trigger: "div[name=consent_state] .badge:contains(Withdrawn)",
        },
        {
            trigger: ".o_form_view:not(:has(div[name=link_basis]))",
        },
    ],
});
