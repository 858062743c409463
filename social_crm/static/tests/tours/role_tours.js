import {registry} from "@web/core/registry";
import {opens} from "@social_crm/../tests/tours/opens";

const tours = registry.category("web_tour.tours");
const LEAD = "crm.crm_lead_action_pipeline";
const INBOX = "social_crm.social_crm_conversation_action_inbox";
const row = (words) => `.o_data_row:contains(${words})`;

/** Own deals only: the pipeline in all its views, its teams, and the way to the words. */
tours.add("social_crm_seller", {
    steps: () => [
        ...opens(LEAD, ".o_kanban_record:contains(Kettles) .o_social_mark"),
        ...opens(LEAD, row("Kettles"), {viewType: "list"}),
        ...opens(LEAD, ".o_activity_record:contains(Kettles) .o_social_mark", {
            viewType: "activity",
        }),
        ...opens("crm.crm_lead_all_leads", ".o_list_view, .o_kanban_view"),
        ...opens("crm.crm_opportunity_report_action", ".o_graph_view"),
        {
            content: "The report can be grouped by network",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_group_by_menu .o_menu_item:contains(Social network)",
            run: "click",
        },
        {
            trigger: ".o_searchview_facet:contains(Social network)",
        },
        ...opens(
            "sales_team.crm_team_action_pipeline",
            ".o_kanban_record:contains(Kettle team):contains(1 waiting on social)"
        ),
        {
            content: "The card leads to those who wait",
            trigger: ".o_kanban_record a[name=action_social_waiting]",
            run: "click",
        },
        {
            trigger: row("Who sells kettles?"),
        },
        ...opens(
            "social_crm.social_crm_conversation_action_sales",
            row("Who sells kettles?")
        ),
        {
            content: "A Reader reads, and is offered nothing that would be refused",
            trigger: ".o_social_reading:contains(Who sells kettles?)",
        },
        {
            trigger: ".o_social_reading:not(:has(button[name=done]))",
        },
        {
            content: "What is not theirs is not there",
            trigger: ".o_list_view:not(:contains(parcel))",
        },
        ...opens("contacts.action_contacts", ".o_kanban_record:contains(Ann Tour)", {
            viewType: "kanban",
        }),
        ...opens("contacts.action_contacts", row("Ann Tour"), {viewType: "list"}),
    ],
});

/** Answers customers, has no CRM rights. */
const USER = [
    ...opens(INBOX, row("parcel")),
    ...opens(INBOX, ".o_kanban_record:contains(parcel)", {viewType: "kanban"}),
    ...opens("social_crm.social_crm_conversation_action", row("parcel")),
    ...opens("social_crm.social_crm_team_action", ".o_kanban_view"),
    ...opens("social_crm.social_crm_identity_action", ".o_kanban_view, .o_list_view"),
    ...opens("social_crm.social_crm_mention_action_report", ".o_view_controller"),
    ...opens("contacts.action_contacts", ".o_kanban_record:contains(Ann Tour)", {
        viewType: "kanban",
    }),
    {
        trigger: ".o_kanban_record:contains(Ann Tour)",
        run: "click",
    },
    {
        content: "The contact says who waits, and where",
        trigger: ".o_social_banner:contains(ann waits on Mastodon)",
    },
    {
        trigger: "button[name=action_social_conversations]:contains(2 open)",
    },
    {
        trigger: ".o_form_view .o_social_tag:contains(@ann@example.social)",
    },
    {
        content: "Nobody would get a message: no e-mail is known",
        trigger: ".o_social_banner:contains(no e-mail is known)",
    },
    {
        trigger: ".o_social_banner button:contains(Open the conversation)",
        run: "click",
    },
    {
        trigger: ".o_form_view .o_social_thread:contains(My parcel never came)",
    },
];
tours.add("social_crm_user", {steps: () => USER});

tours.add("social_crm_manager", {
    steps: () => [
        ...USER,
        ...opens("social_crm.social_crm_topic_action", ".o_view_controller"),
        ...opens("social_crm.social_crm_team_action_config", ".o_list_view"),
        ...opens("social_crm.social_crm_mention_action", ".o_view_controller"),
        ...opens("social_crm.social_crm_bad_item_action", ".o_view_controller"),
    ],
});

/** A customer with a login of the portal. */
tours.add("social_crm_portal", {
    steps: () => [
        {
            trigger: "body:has(#wrapwrap):contains(My account)",
        },
        {
            trigger: "body:not(:contains(Mastodon)):not(:contains(parcel never came))",
        },
    ],
});
