import {ListRenderer} from "@web/views/list/list_renderer";

/** The rows of the inbox: the one with the focus is the one that is read. */
export class InboxRenderer extends ListRenderer {
    static template = "social_crm.InboxRenderer";
    static props = [
        ...ListRenderer.props,
        "shownId?",
        "goneIds?",
        "onRowFocus?",
        "openFull?",
    ];

    getRowClass(record) {
        const {shownId, goneIds = []} = this.props;
        const classes = [super.getRowClass(record)];
        if (record.resId === shownId) {
            classes.push("o_social_shown");
        }
        if (goneIds.includes(record.resId)) {
            classes.push("o_social_gone");
        }
        return classes.join(" ");
    }

    /** Arrow keys move the focus: the pane goes with it. Boxes to tick are not read. */
    onFocusin({target}) {
        const id = target.matches(".o_data_cell") && target.parentElement.dataset.id;
        const record = id && this.recordOf(id, this.props.list);
        if (record) {
            this.props.onRowFocus(record);
        }
    }

    recordOf(id, list) {
        if (!list.isGrouped) {
            return list.records.find((record) => record.id === id);
        }
        for (const group of list.groups) {
            const record = this.recordOf(id, group.list);
            if (record) {
                return record;
            }
        }
    }

    onCellKeydownReadOnlyMode(hotkey, cell, group, record) {
        if (hotkey === "enter" && record?.resId === this.props.shownId) {
            this.props.openFull();
            return true;
        }
        return super.onCellKeydownReadOnlyMode(...arguments);
    }
}
