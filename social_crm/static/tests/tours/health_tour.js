import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("social_crm_health", {
    steps: () => [
        {
            content: "The first line is about the scheduler",
            trigger: ".o_social_health_line:first-child[data-key=scheduler]",
        },
        {
            content: "What an account cannot do stands there in words",
            trigger:
                ".o_social_health_line[data-level=warning]:contains(The server is down.)",
        },
        {
            content: "The look from outside comes a little later",
            trigger: ".o_social_health_line[data-key=address]:contains(Base address)",
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
