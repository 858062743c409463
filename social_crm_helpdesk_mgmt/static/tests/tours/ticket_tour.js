import {registry} from "@web/core/registry";
import {opens} from "@social_crm/../tests/tours/opens";

const tours = registry.category("web_tour.tours");
const SERVICE = "social_crm_helpdesk_mgmt.social_crm_conversation_action_service";

tours.add("social_crm_ticket", {
    steps: () => [
        {
            trigger: "button[name=action_social_conversations]:contains(1)",
        },
        {
            content: "Who waits stands above the messages",
            trigger: ".o_social_banner:contains(ann waits on Mastodon)",
        },
        {
            trigger: ".o_notebook a[name=social_crm]",
            run: "click",
        },
        {
            trigger: ".o_social_now_item:contains(My parcel never came)",
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
        ...opens(
            "helpdesk_mgmt.helpdesk_ticket_dashboard_action",
            ".o_kanban_record:contains(Care):contains(Social waiting)"
        ),
        {
            content: "The row leads to those who wait",
            trigger: ".o_kanban_record:contains(Care) a[name=action_social_waiting]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(parcel)",
        },
        ...opens(SERVICE, ".o_data_row:contains(parcel)"),
        {
            trigger: ".o_list_view:not(:contains(Not yours to read))",
        },
        ...opens(
            "helpdesk_mgmt.helpdesk_my_tickets_action",
            ".o_kanban_record:contains(Parcel) .o_social_mark"
        ),
        ...opens(
            "helpdesk_mgmt.helpdesk_ticket_action",
            ".o_data_row:contains(Parcel) .o_social_mark",
            {viewType: "list"}
        ),
    ],
});

/** A customer looks at her ticket: what is for agents is not there. */
tours.add("social_crm_portal_ticket", {
    steps: () => [
        {
            trigger: "#wrapwrap:contains(Parcel)",
        },
        {
            trigger:
                "body:not(:contains(My parcel never came)):not(:contains(Mastodon))",
        },
    ],
});
