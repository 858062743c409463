import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("social_crm_ticket", {
    steps: () => [
        {
            trigger: "button[name=action_social_conversations]:contains(1)",
        },
        {
            trigger: ".o_notebook a[name=social_crm]",
            run: "click",
        },
        {
            trigger: ".o_social_timeline:contains(My parcel never came)",
        },
        {
            trigger: ".o_social_timeline:not(:contains(Not yours to read))",
        },
        {
            trigger: "button[name=action_social_conversations]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(parcel) .o_data_cell[name=preview]",
            run: "click",
        },
        {
            content: "The conversation names the ticket",
            trigger: ".o_field_widget[name=ticket_id]:contains(Parcel)",
        },
    ],
});
