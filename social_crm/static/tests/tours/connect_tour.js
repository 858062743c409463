import {cookie} from "@web/core/browser/cookie";
import {registry} from "@web/core/registry";

const dialog = ".modal .o_form_view";
const shown = `${dialog} .o_social_preview li`;

/** Choose an answer of a question. */
function choose(name, label) {
    return [
        {trigger: `${dialog} [name=${name}] input`, run: "click"},
        {trigger: `.o_select_menu_item:contains(${label})`, run: "click"},
    ];
}

/** Type an address of the test's own server, whose port is new each time. */
function typeAddress(path, trigger = `${dialog} [name=query] input`) {
    return {
        trigger,
        run: (helpers) => helpers.edit(cookie.get("social_crm_server") + path),
    };
}

const open = [
    {
        content: "The list of accounts says where to begin",
        trigger: ".o_control_panel button:contains(Connect)",
        run: "click",
    },
    {
        content: "Every question has an answer",
        trigger: `${dialog} [name=team_id] input[placeholder='Every Social user']`,
    },
    ...choose("network", "Feed"),
    {
        content: "Only the fields of this network",
        trigger: `${dialog}:not(:has([name=handle])):not(:has([name=base_url]))`,
    },
];
const look = {trigger: ".modal button[name=action_test]", run: "click"};

registry.category("web_tour.tours").add("social_crm_connect", {
    steps: () => [
        ...open,
        typeAddress("/page"),
        look,
        {
            content: "The sentence names the field, and the field is marked",
            trigger: `${dialog} [name=error]:contains(Address of the feed or page)`,
        },
        typeAddress("/news.xml", `${dialog} [name=query].o_field_invalid input:focus`),
        look,
        {
            content: "What strangers wrote is text",
            trigger: `${shown}:contains('<b>0</b>')`,
        },
        {
            content: "How much it will be",
            trigger: `${dialog} [name=estimate]:contains(30 days, at most about)`,
        },
        typeAddress("/news.xml?again"),
        {trigger: `${dialog} [name=team_id] input`, run: "click"},
        {
            content: "After a change the posts are to be seen again",
            trigger: ".modal:not(:has(button[name=action_start])) [name=outdated]",
        },
        look,
        {trigger: `${shown}:contains('<b>0</b>')`},
        {trigger: ".modal button[name=action_start]", run: "click"},
        {
            content: "The inbox, and what happens now",
            trigger: ".o_notification:contains(Fetching now)",
        },
        {trigger: ".o_breadcrumb:contains(Inbox)"},
        {trigger: "body:not(:has(.modal))"},
    ],
});

registry.category("web_tour.tours").add("social_crm_connect_cancel", {
    steps: () => [
        ...open,
        typeAddress("/feed.xml"),
        look,
        {trigger: shown},
        {trigger: ".modal button:contains(Cancel)", run: "click"},
        {trigger: "body:not(:has(.modal)) .o_list_view"},
    ],
});

registry.category("web_tour.tours").add("social_crm_connect_twice", {
    steps: () => [
        ...open,
        typeAddress("/feed.xml"),
        look,
        {trigger: shown},
        {trigger: ".modal button[name=action_start]", run: "click"},
        {
            content: "It names the account that reads this already",
            trigger: ".modal:contains(“Our news” reads this already)",
        },
        {trigger: ".modal button:contains(Open the account)", run: "click"},
        {
            content: "One click leads there, and the dialog is gone",
            trigger:
                "body:not(:has(.modal)) .o_form_view [name=feed_ids]:contains(/feed.xml)",
        },
    ],
});
