import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const ANN = ".o_social_profile:contains(@ann@example.social)";
const BOB = ".o_social_profile:contains(@bob@example.social)";

/** A link, with the keyboard. */
const press = (trigger) => [
    {
        trigger,
        run() {
            this.anchor.focus();
        },
    },
    {
        trigger: `${trigger}:focus`,
        run: "press Enter",
        expectUnloadPage: true,
    },
];

/** She sees what is kept, takes a copy, disowns one profile and erases the other. */
tours.add("social_crm_portal_page", {
    steps: () => [
        {
            trigger: ".o_portal_index_card a[href='/my/social']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Why it is here, and for how long",
            trigger: `${ANN}:contains(You told us that this profile is yours):contains(24 months)`,
        },
        {
            content: "A guess is called one",
            trigger: `${BOB}:contains(We are not certain that it is yours)`,
        },
        {
            trigger: `${ANN} a:contains(See everything)`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_social_post:contains(private):contains(My account number)",
        },
        {
            trigger: "#wrap:contains(Baker of Zirndorf):contains(Fair list)",
        },
        {
            content: "The archive is a zip",
            trigger: "form[action$='/download']",
            async run() {
                const answer = await fetch(this.anchor.action, {
                    method: "POST",
                    body: new FormData(this.anchor),
                });
                const start = new Uint8Array(await answer.arrayBuffer()).slice(0, 2);
                if (!answer.ok || String.fromCharCode(...start) !== "PK") {
                    throw new Error("There is no archive.");
                }
            },
        },
        {
            trigger: ".breadcrumb a[href='/my/social']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: `${BOB} a:contains(This is not me)`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_social_confirm button:contains(Yes, this is not me)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(no longer connected)",
        },
        {
            trigger: `#wrap:not(:has(${BOB}))`,
        },
        ...press(`${ANN} a:contains(Erase)`),
        {
            content: "What goes and what stays is said first",
            trigger:
                ".o_social_confirm:contains(cannot be undone):contains(Your customer record)",
        },
        {
            content: "She thinks again",
            trigger: ".o_social_confirm a:contains(Go back)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_social_post:contains(The kettle is late)",
        },
        ...press("a:contains(Erase)"),
        {
            trigger: ".o_social_confirm button:contains(Erase everything)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".alert-success:contains(Nothing of the profile can be seen)",
        },
        {
            trigger: ".o_social_empty:contains(No social profile is connected)",
        },
    ],
});

/** She has posted again: nothing of it is hers. */
tours.add("social_crm_portal_again", {
    steps: () => [
        {
            trigger: ".o_social_empty:contains(No social profile is connected)",
        },
        {
            trigger: "#wrap:not(:contains(kettle))",
        },
    ],
});

/** Colleagues read that she did it herself, and what she says now without a name. */
tours.add("social_crm_portal_colleague", {
    steps: () => [
        {
            trigger:
                ".o-mail-Message:contains(Done by the customer in the portal):contains(erased on request)",
        },
        {
            trigger: ".o_form_view:not(:contains(kettle))",
        },
    ],
});
