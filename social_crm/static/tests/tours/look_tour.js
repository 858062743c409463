import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("social_crm_look", {
    steps: () => [
        {
            content: "The cursor is in the one field already",
            trigger: "#o_social_look_name:focus",
            run: "edit Acme Bikes && press Enter",
        },
        {
            content: "Real posts, by network",
            trigger:
                "[data-network=mastodon] .o_social_look_card:contains(The new Acme is quiet)",
        },
        {
            trigger:
                "[data-network=bluesky] .o_social_look_card:contains(My Acme never rusts)",
        },
        {
            content: "How many, also for those who do not see them",
            trigger: ".o_social_look_status[aria-live]:contains(3 posts about)",
        },
        {
            content: "An agent asks somebody to connect it",
            trigger:
                ".o_social_welcome:not(:has(.o_social_look_connect)):contains(Ask a Social Administrator)",
        },
        {
            content: "No picture of a stranger's server is loaded",
            trigger: ".o_social_welcome:not(:has(img))",
        },
        {
            content: "A name that finds nothing says what to try",
            trigger: "#o_social_look_name",
            run: "edit Nobody && press Enter",
        },
        {
            trigger: "[data-network=mastodon]:contains(Nobody said anything there)",
        },
    ],
});
