import {registry} from "@web/core/registry";

/** A customer looks at what is kept of her, disowns one profile and erases the other. */
registry.category("web_tour.tours").add("social_crm_my_social", {
    steps: () => [
        {
            trigger: ".o_portal_index_card:not(.d-none) a[href='/my/social']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Why, and what",
            trigger:
                "section:contains(@ann@example.social):contains(You told us that this profile is yours)",
        },
        {
            trigger: "section:contains(@ann@example.social) a[href$='/posts']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "article:contains(My pump leaks)",
        },
        {
            trigger: "a:contains(Back)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "section:contains(@ann@example.social) a[href$='/download']",
        },
        {
            trigger: "section:contains(@bob@example.social) a:contains(This is not me)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "form button:contains(It is not me)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(no longer on your record)",
        },
        {
            trigger: "body:not(:has(section:contains(@bob@example.social)))",
        },
        {
            trigger: "section:contains(@ann@example.social) a:contains(Erase)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Not yet",
            trigger: "a:contains(Cancel)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "section:contains(@ann@example.social) a:contains(Erase)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "form button:contains(Erase for good)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(does not come back)",
        },
        {
            trigger: ".alert-info:contains(No profile of a social network)",
        },
    ],
});
