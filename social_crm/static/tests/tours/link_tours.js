import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** A lead that has no contact is suggested, or chosen; both by keyboard, and undone. */
tours.add("social_crm_who_lead", {
    steps: () => [
        {
            content: "A suggestion that is a lead says so, with the reasons",
            trigger:
                ".o_social_match:contains(Lena Brandt):contains(Kettles for the office):contains(Same town)",
            run: "press 1",
        },
        {
            trigger: ".o_notification:contains(Lena Brandt is Lena Brandt)",
        },
        {
            trigger: ".o_social_nobody:contains(Nobody is left)",
            run: "press z",
        },
        {
            trigger: ".o_social_match button:contains(This is the lead)",
        },
        {
            content: "Another one, found by the name of its person",
            trigger: ".o_social_who_page .o_social_match",
            run: "press l",
        },
        {
            trigger: ".o_social_who_other label:contains(A lead) input:focus",
            run: "edit Otto",
        },
        {
            trigger:
                ".o-autocomplete--dropdown-item a:contains(Cups):contains(Otto Brandt)",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(is Cups)",
        },
        {
            trigger: ".o_social_nobody:contains(Nobody is left)",
        },
    ],
});

/** A wrong link on a profile, undone in two clicks. */
tours.add("social_crm_wrong_link", {
    steps: () => [
        {
            trigger: ".o_form_view button[name=action_unlink_partner]",
            run: "click",
        },
        {
            trigger: ".modal:contains(leave this contact) .modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger:
                ".o_form_view:not(:has(button[name=action_unlink_partner])) button[name=action_who]",
        },
    ],
});

/** From the contact's own page: the profile is somebody else's. */
tours.add("social_crm_move", {
    steps: () => [
        {
            trigger: ".o_form_view a[name=social_crm]",
            run: "click",
        },
        {
            trigger: ".o_social_profiles:contains(@mary@example.social) .o_social_move",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=goes_along]:contains(1 mentions)",
        },
        {
            trigger: ".modal .o_field_widget[name=partner_id] input",
            run: "edit Nobody Else",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains(Nobody Else)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The namesake",
        },
        {
            trigger: ".modal button[name=action_move]",
            run: "click",
        },
        {
            content: "It is gone from here at once",
            trigger:
                ".o_form_view:not(:has(.modal)):not(:has(.o_social_profile)) .o_form_sheet",
        },
    ],
});

/** The account is somebody else's now; then it was one person all the time. */
tours.add("social_crm_split", {
    steps: () => [
        {
            trigger: ".o_form_view button[name=action_split]",
            run: "click",
        },
        {
            trigger:
                ".modal .o_field_widget[name=since] button, .modal .o_field_widget[name=since] input",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=since] input",
            run: `edit ${luxon.DateTime.now()
                .minus({days: 1})
                .toFormat("MM/dd/yyyy HH:mm:ss")}`,
        },
        {
            trigger: ".modal .o_field_widget[name=how] label:contains(account now)",
            run: "click",
        },
        {
            trigger:
                ".modal:contains(1 mentions from before):contains(Mary Winterbottom)",
        },
        {
            trigger: ".modal button[name=action_split]",
            run: "click",
        },
        {
            content: "Who had it before, with the contact",
            trigger:
                ".o_form_view .alert:contains(Had this account until) [name=split_of_id] a",
        },
        {
            trigger:
                ".o_form_view [name=partner_id]:contains(Mary Winterbottom), .o_form_view .o_field_widget[name=partner_id] a:contains(Mary)",
        },
        {
            trigger: "button[name=action_join]",
            run: "click",
        },
        {
            trigger: ".modal:contains(goes back to the profile) .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name=action_split]",
        },
        {
            trigger: ".o_form_view:not(:has(.alert:contains(this account)))",
        },
    ],
});
