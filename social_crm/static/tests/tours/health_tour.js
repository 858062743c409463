import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("social_crm_health", {
    steps: () => [
        {
            content: "The first line says whether the scheduler is alive",
            trigger:
                ".o_social_health_first:first-child p:first-child > :first-child[data-key=scheduler]:contains(It last ran), .o_social_health_first:first-child p:first-child > :first-child[data-key=scheduler]:contains(It has not run yet)",
        },
        {
            content: "What an account cannot do stands there in words",
            trigger:
                ".o_social_health_line[data-level=warning]:contains(The server is down.)",
        },
        {
            content: "And whether the base address can be reached, a little later",
            trigger:
                ".o_social_health_first p:first-child > [data-key=scheduler] + [data-key=address]:contains(private network)",
        },
        {
            content: "What it all amounts to comes after it",
            trigger: ".o_social_health_first + .o_social_health_verdict",
        },
        {
            content: "One click leads to the stream",
            trigger:
                ".o_social_health_line:contains(The server is down.):contains(Mentions) button",
            run: "click",
        },
        {
            trigger: ".o_form_view .alert-danger:contains(The server is down.)",
        },
        {
            content: "Back on the screen",
            trigger: ".o_back_button, .breadcrumb a:contains(Health)",
            run: "click",
        },
        {
            trigger: "button:not([disabled]):contains(Check again)",
            run: "click",
        },
        {
            trigger: ".o_social_health_line[data-key=live]",
        },
    ],
});
