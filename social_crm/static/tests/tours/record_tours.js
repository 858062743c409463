import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";
import {opens} from "@social_crm/../tests/tours/opens";

const tours = registry.category("web_tour.tours");
const socialPage = {
    trigger: ".o_notebook a[name=social_crm]",
    run: "click",
};

tours.add("social_crm_contact", {
    steps: () => [
        {
            content: "One conversation is open; the private one is not counted",
            trigger: "button[name=action_social_conversations]:contains(1)",
        },
        socialPage,
        {
            trigger: ".o_social_profile:contains(Set by a user)",
        },
        {
            trigger: ".o_social_timeline:contains(My parcel never came)",
        },
        {
            content: "Messages are not for everybody",
            trigger: ".o_social_timeline:not(:contains(invoice))",
        },
        {
            content: "The number opens what it counts",
            trigger: "button[name=action_social_conversations]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(parcel) .o_data_cell[name=preview]",
            run: "click",
        },
        {
            content: "Who may only read gets no buttons to work with",
            trigger: ".o_social_thread:contains(My parcel never came)",
        },
        {
            trigger: ".o_form_view:not(:has(button[name=action_done]))",
        },
    ],
});

tours.add("social_crm_lead", {
    steps: () => [
        {
            content: "Who waits stands above the messages",
            trigger: ".o_social_banner:contains(bob waits on Mastodon)",
        },
        socialPage,
        {
            content: "First what made the lead",
            trigger: ".o_social_now_item:contains(Who sells kettles?)",
        },
        {
            trigger: ".o_social_timeline:contains(Who sells kettles?)",
        },
        {
            trigger: "button[name=action_social_conversations]:contains(1)",
        },
    ],
});

tours.add("social_crm_contacts_only", {
    steps: () => [
        {
            trigger:
                ".o_form_view:contains(Ann Tour), .o_form_view .o_field_widget[name=name]",
        },
        {
            content: "Nothing of ours for who is no Reader",
            trigger:
                ".o_form_view:not(:has(a[name=social_crm])):not(:has(button[name=action_social_conversations]))",
        },
        {
            content: "And the form can be saved",
            trigger: ".o_field_widget[name=phone] input",
            run: "edit +32 2 290 34 90",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
        ...opens("contacts.action_contacts", ".o_kanban_record:contains(Ann Tour)", {
            viewType: "kanban",
        }),
        ...opens(
            "contacts.action_contacts",
            ".o_list_view:not(:has(.o_social_mark)) .o_data_row:contains(Ann Tour)",
            {viewType: "list"}
        ),
    ],
});

tours.add("social_crm_other_company", {
    steps: () => [
        socialPage,
        {
            trigger: ".o_social_timeline .o_social_empty",
        },
        {
            trigger:
                ".o_form_view:not(:has(.o_social_profile)):not(:has(.o_social_tag))",
        },
        ...stepUtils.goToAppSteps("social_crm.social_crm_menu_root", "Open the app"),
        {
            content: "For this company nothing was ever fetched",
            trigger: ".o_social_welcome",
        },
        {
            trigger: ".o_searchview_facet:contains(Open) .o_facet_remove",
            run: "click",
        },
        {
            trigger: ".o_searchview_facet:contains(Unassigned) .o_facet_remove",
            run: "click",
        },
        {
            content: "Not even with every filter taken away",
            trigger: ".o_searchview:not(:has(.o_searchview_facet))",
        },
        {
            trigger: ".o_social_welcome",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row))",
        },
    ],
});
