import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("social_crm_inbox", {
    steps: () => [
        ...stepUtils.goToAppSteps("social_crm.social_crm_menu_root", "Open the app"),
        {
            content: "The inbox opens on what is open, mine or nobody's",
            trigger: ".o_searchview_facet:contains(Open)",
        },
        {
            content: "Messages are marked as private",
            trigger: ".o_data_row:contains(invoice) .badge:contains(Private)",
        },
        {
            content: "Search for words",
            trigger: ".o_searchview_input",
            run: "edit parcel",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Said)",
            run: "click",
        },
        {
            trigger: ".o_list_view:not(:has(.o_data_row:contains(kettles)))",
        },
        {
            content: "What nobody has read is bold",
            trigger:
                ".o_data_row:has(.o_social_unread):contains(parcel) .o_data_cell[name=preview]",
            run: "click",
        },
        {
            content: "The words are there in full, and now they count as read",
            trigger: ".o_social_reading .o_social_row:contains(My parcel never came)",
        },
        {
            trigger: ".o_data_row:not(:has(.o_social_unread)):contains(parcel)",
        },
        {
            content: "The customer stands beside them",
            trigger: ".o_social_customer a:contains(Ann Tour)",
        },
        {
            trigger: ".o_social_reading button[name=assign]",
            run: "click",
        },
        {
            content: "The row shows whose it is",
            trigger: ".o_data_row:contains(parcel) img[src*='res.users']",
        },
        {
            trigger: ".o_social_reading button[name=done]",
            run: "click",
        },
        {
            content: "It is gone, and may come back",
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing here)",
        },
        {
            trigger: ".o_notification button:contains(Undo)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(parcel)",
        },
        {
            content: "Put it away for three hours",
            trigger: ".o_social_reading button[name=snooze]",
            run: "click",
        },
        {
            trigger: ".o-dropdown-item:contains(In 3 hours)",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing here)",
        },
        {
            trigger: ".o_social_inbox_list button[name=snoozed]",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(parcel) .badge:contains(Snoozed)",
        },
        {
            trigger: ".o_social_reading button[name=done]",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent_smiling_face",
        },
        {
            trigger: ".o_social_inbox_list button[name=open]",
            run: "click",
        },
        {
            content: "Take the words away again: the others wait still",
            trigger: ".o_searchview_facet:contains(parcel) .o_facet_remove",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(kettles)",
        },
    ],
});

/** Rows that leave by another way than by Done, several at once, and Undo. */
registry.category("web_tour.tours").add("social_crm_inbox_hands", {
    steps: () => [
        {
            trigger: ".o_data_row:contains(parcel) .o_data_cell[name=preview]",
            run: "click",
        },
        {
            trigger: ".o_social_reading .o_social_row:contains(My parcel never came)",
        },
        {
            content: "Hand it to a colleague",
            trigger: ".o_social_hands label:contains(Assigned to) input",
            run: "edit tour_colleague",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(tour_colleague)",
            run: "click",
        },
        {
            content: "What is read stays, and says where it is",
            trigger: ".o_social_left:contains(tour_colleague)",
        },
        {
            content: "A key does nothing to it, nor to any other",
            trigger: ".o_web_client:not(:has(.o_data_row:contains(parcel)))",
            run: "press d",
        },
        {
            trigger: ".o_social_reading:has(.o_social_left):contains(My parcel)",
            run: "press j",
        },
        {
            content: "J goes on where it was",
            trigger: ".o_data_row.o_social_shown:contains(kettles)",
        },
        {
            trigger: ".o_web_client:not(:has(.o_social_left))",
            run: "press x",
        },
        {
            trigger: ".o_data_row_selected:contains(kettles)",
            run: "press j",
        },
        {
            trigger: ".o_data_row.o_social_shown:contains(invoice)",
            run: "press x",
        },
        {
            content: "Both are done with one key",
            trigger: ".o_data_row_selected:contains(invoice)",
            run: "press d",
        },
        {
            trigger: ".o_notification:contains(2 conversations)",
        },
        {
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing waits for you)",
            run: "press z",
        },
        {
            content: "And both are back with one",
            trigger: ".o_data_row:contains(kettles)",
        },
        {
            trigger: ".o_data_row:contains(invoice)",
        },
        {
            content: "What is assigned by a key is given back by one, too",
            trigger: ".o_data_row.o_social_shown:contains(kettles):has(:focus)",
            run: "press a",
        },
        {
            trigger: ".o_data_row:contains(kettles) img[src*='res.users']",
            run: "press z",
        },
        {
            trigger: ".o_data_row:contains(kettles):not(:has(img[src*='res.users']))",
        },
        {
            content: "Words that nobody said: the empty list says so",
            trigger: ".o_searchview_input",
            run: "edit zebra",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Said)",
            run: "click",
        },
        {
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing here)",
        },
    ],
});

const COUNT = 40;

/** A person with forty conversations waiting, who never touches the mouse. */
registry.category("web_tour.tours").add("social_crm_inbox_keys", {
    steps: () => [
        {
            content: "The first one is read without a click",
            trigger: ".o_social_reading h2:contains(Person 01)",
            run: () => (window.socialCrmSamePage = true),
        },
        {
            content: "J is down",
            trigger: ".o_data_row.o_social_shown:contains(Person 01)",
            run: "press j",
        },
        {
            content: "K is up",
            trigger: ".o_social_reading h2:contains(Person 02)",
            run: "press k",
        },
        {
            content: "So are the arrows",
            trigger: ".o_social_reading h2:contains(Person 01)",
            run: "press ArrowDown",
        },
        {
            content: "Enter opens the whole record",
            trigger: ".o_social_reading h2:contains(Person 02)",
            run: "press Enter",
        },
        {
            trigger: ".o_form_view h2:contains(Person 02)",
            async run() {
                // The address follows a little later; before it, Back leaves the app.
                for (let n = 0; n < 100 && !/\/\d+$/.test(location.pathname); n++) {
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
                window.history.back();
            },
        },
        {
            content: "Back leads to the same row, and the keys go on",
            trigger: ".o_data_row.o_social_shown:contains(Person 02):has(:focus)",
            run: "press k",
        },
        ...Array.from({length: COUNT}, (_item, index) => ({
            content: `Conversation ${index + 1} is read and done`,
            trigger: `.o_social_reading h2:contains(Person ${String(index + 1).padStart(
                2,
                "0"
            )})`,
            run: "press d",
        })),
        {
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing waits for you)",
            run() {
                if (!window.socialCrmSamePage) {
                    throw new Error("the page was loaded again");
                }
            },
        },
    ],
});
