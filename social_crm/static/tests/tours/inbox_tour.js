import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("social_crm_inbox", {
    steps: () => [
        ...stepUtils.goToAppSteps("social_crm.social_crm_menu_root", "Open the app"),
        {
            content: "The inbox opens on what is open, mine or nobody's",
            trigger: ".o_searchview_facet:contains(Open)",
        },
        {
            content: "Messages are marked as private",
            trigger: ".o_data_row:contains(invoice) .badge:contains(Private)",
        },
        {
            content: "Search for words",
            trigger: ".o_searchview_input",
            run: "edit parcel",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Said)",
            run: "click",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains(kettles)))",
        },
        {
            content: "What nobody has read is bold",
            trigger: ".o_data_row.fw-bold:contains(parcel) .o_data_cell[name=preview]",
            run: "click",
        },
        {
            content: "The words are there in full",
            trigger: ".o_social_thread .o_kanban_record:contains(My parcel never came)",
        },
        {
            trigger: "button[name=action_assign_to_me]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Open)",
        },
        {
            trigger: "button[name=action_done]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Done)",
        },
        {
            content: "Back in the inbox it is gone",
            trigger:
                ".o_breadcrumb a:contains(Inbox), .breadcrumb-item a:contains(Inbox)",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing waits for you)",
        },
        {
            content: "Take the words away again: the others wait still",
            trigger: ".o_searchview_facet:contains(parcel) .o_facet_remove",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(kettles)",
        },
    ],
});
