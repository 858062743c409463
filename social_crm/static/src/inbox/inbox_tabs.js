import {Component} from "@odoo/owl";

const TABS = ["open", "waiting_for_them", "snoozed", "done"];

/** The filters of the status, one at a time; more at once by the search menu. */
export class InboxTabs extends Component {
    static template = "social_crm.InboxTabs";
    static props = {};

    get tabs() {
        const {searchItems, query} = this.env.searchModel;
        const items = Object.values(searchItems || {});
        const active = new Set(query.map(({searchItemId}) => searchItemId));
        return TABS.map((name) => items.find((item) => item.name === name))
            .filter(Boolean)
            .map(({id, name, description}) => ({
                id,
                name,
                label: description,
                isActive: active.has(id),
            }));
    }

    choose(chosen) {
        for (const {id, isActive} of this.tabs) {
            if (isActive !== (id === chosen.id)) {
                this.env.searchModel.toggleSearchItem(id);
            }
        }
    }
}
