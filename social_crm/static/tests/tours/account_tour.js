import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("social_crm_account", {
    steps: () => [
        {
            content: "Nothing can be active that was not tested",
            trigger: ".o_form_view:not(:has(button[name=action_activate]))",
        },
        {
            content: "A stream offers what the network has",
            trigger: ".o_field_widget[name=feed_ids] .o_data_row:contains(Mentions)",
        },
        {
            content: "A server address is needed",
            trigger: ".o_field_widget[name=base_url] input",
            run: "edit https://example.social",
        },
        {
            trigger: "button[name=action_test]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(Connected as @brand)",
        },
        {
            content: "What was read is shown before anything is stored",
            trigger:
                ".o_field_widget[name=test_preview_text]:contains(Hello from the sample)",
        },
        {
            trigger: "button[name=action_activate]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Connected)",
        },
    ],
});
