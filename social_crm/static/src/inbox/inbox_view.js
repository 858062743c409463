import {markup, onPatched, onWillStart, useEffect, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useBus, useService} from "@web/core/utils/hooks";
import {Mutex} from "@web/core/utils/concurrency";
import {listView} from "@web/views/list/list_view";
import {useMentions} from "../live/use_mentions";
import {SocialExamples} from "../welcome/examples";
import {SocialWelcome} from "../welcome/welcome";
import {InboxRenderer} from "./inbox_renderer";
import {InboxTabs} from "./inbox_tabs";
import {ReadingPane} from "./reading_pane";
import {ShortcutsDialog} from "./shortcuts_dialog";
import {UNDONE, useUndoWork} from "./use_undo";

// A series of keys costs one reload of the list, not one each.
const RELOAD_DELAY = 400;
// Whoever only passes by has not read it.
const READ_DELAY = 500;
// Rows must not move under the eyes more often than this.
const NEWS_DELAY = 5000;
// With these alone, an empty list means that the work is done.
const OWN_WORK = ["open", "mine", "unassigned"];
// Where somebody was: which row, and if they opened it whole, on which page.
const PLACE_KEY = "social_crm.inbox.place";

/** A list of conversations, and beside it the one that is being read. */
export class InboxController extends listView.Controller {
    static template = "social_crm.Inbox";
    static components = {
        ...listView.Controller.components,
        InboxTabs,
        ReadingPane,
        SocialExamples,
        SocialWelcome,
    };

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.mutex = new Mutex();
        this.inbox = useState({
            shownId: this.place.shownId || false,
            // The one that is read, once the list has it no more.
            leftId: false,
            // What left the list since it was loaded.
            goneIds: [],
            version: 0,
        });
        this.shownIndex = this.place.index || 0;
        this.reloadTimer = null;
        this.readTimer = null;
        this.undo = useUndoWork(async (ids) => {
            await this.reload();
            this.bringBack(ids);
        });
        onWillStart(async () => {
            // Readers come by the menus of other apps: nothing to look for or connect.
            this.offer = (await user.hasGroup("social_crm.group_user"))
                ? await this.orm.call("social.crm.look", "welcome", [])
                : {show: false, examples: false};
        });
        // Whichever way back is taken, the browser's or ours, it leads to the same row.
        useEffect(
            (shownId) => this.keepPlace({shownId}),
            () => [this.inbox.shownId]
        );
        useEffect(
            () => this.showOne(),
            () => [this.isReady && this.records.map(({resId}) => resId).join()]
        );
        useEffect(
            (isReady) => isReady && this.focusShown(),
            () => [this.isReady]
        );
        useEffect(
            () => () => {
                browser.clearTimeout(this.reloadTimer);
                browser.clearTimeout(this.readTimer);
            },
            () => []
        );
        onPatched(() => this.restoreFocus());
        useBus(this.env.searchModel, "update", () => (this.inbox.leftId = false));
        useBus(this.env.bus, UNDONE, () => !this.hasPane && this.reload());
        useMentions((payloads) => this.onMentions(payloads), NEWS_DELAY);
        this.useKeys();
    }

    useKeys() {
        const keys = {
            j: () => this.move(1),
            k: () => this.move(-1),
            d: () => this.press(this.areDone ? "reopen" : "done"),
            a: () => this.press("assign"),
            s: () => this.press("snooze"),
            u: () => this.press("unread"),
            z: () => this.undo.undoLast(),
            x: () => this.shown?.toggleSelection(),
            o: () => this.openOriginal(),
            h: () => this.showKeys(),
        };
        for (const [key, callback] of Object.entries(keys)) {
            useHotkey(key, callback, {
                allowRepeat: "jk".includes(key),
                isAvailable: () => this.hasPane,
            });
        }
    }

    showKeys() {
        this.dialogService.add(ShortcutsDialog);
    }

    // -- The list

    keepPlace(place) {
        browser.sessionStorage.setItem(PLACE_KEY, JSON.stringify(place));
    }

    /** The browser's Back knows nothing of pages. */
    get modelParams() {
        const params = super.modelParams;
        this.place = JSON.parse(browser.sessionStorage.getItem(PLACE_KEY)) || {};
        if (this.place.offset && !this.props.state) {
            params.config.offset = this.place.offset;
        }
        return params;
    }

    /** Before anything is connected there is nothing to list. */
    get isWelcome() {
        return this.offer.show && !(this.isReady && this.model.root.records?.length);
    }

    get filterNames() {
        const {searchItems, query} = this.env.searchModel;
        return query.map(({searchItemId}) => searchItems[searchItemId].name);
    }

    get emptyHelp() {
        if (this.filterNames.every((name) => OWN_WORK.includes(name))) {
            return this.props.info.noContentHelp;
        }
        return markup`<p class="o_view_nocontent_smiling_face">${_t(
            "Nothing here"
        )}</p><p>${_t(
            "Nothing fits all that you look for: take a filter or a word away."
        )}</p>`;
    }

    /** On a phone a conversation opens on a page of its own. */
    get hasPane() {
        return !this.env.isSmall && !this.env.inDialog;
    }

    get isReady() {
        return this.model.isReady && !this.model.useSampleModel;
    }

    get records() {
        const flatten = (list) =>
            list.isGrouped
                ? list.groups.flatMap((group) =>
                      group.isFolded ? [] : flatten(group.list)
                  )
                : list.records;
        return flatten(this.model.root);
    }

    get shown() {
        return this.recordOf(this.inbox.shownId);
    }

    recordOf(id) {
        return this.records.find(({resId}) => resId === id);
    }

    indexOf(id) {
        return this.records.findIndex(({resId}) => resId === id);
    }

    isGone(record) {
        return this.inbox.goneIds.includes(record.resId);
    }

    /** Without a choice the first one is shown; that alone does not make it read. */
    showOne() {
        const {shownId, leftId} = this.inbox;
        if (!this.isReady || !this.hasPane) {
            return;
        }
        if (this.shown) {
            this.inbox.leftId = false;
            this.shownIndex = this.indexOf(shownId);
        } else if (!leftId || leftId !== shownId) {
            const first = this.records.find((record) => !this.isGone(record));
            this.inbox.shownId = first?.resId || false;
        }
    }

    onRowFocus(record) {
        if (this.hasPane && record.resId !== this.inbox.shownId) {
            this.show(record);
        }
    }

    show(record) {
        this.inbox.shownId = record ? record.resId : false;
        this.inbox.leftId = false;
        this.shownIndex = record ? this.indexOf(record.resId) : 0;
        this.focusShown();
        browser.clearTimeout(this.readTimer);
        if (record?.data.unread && this.activeActions.edit) {
            this.readTimer = browser.setTimeout(
                () => this.markRead(record),
                READ_DELAY
            );
        }
    }

    async markRead(record) {
        const {resModel, resId} = record;
        await this.mutex.exec(() =>
            this.orm.silent.call(resModel, "action_mark_read", [[resId]])
        );
        await record.load();
    }

    focusShown() {
        if (this.hasPane) {
            this.cellOf(this.shown)?.focus({preventScroll: true});
        }
        // On a phone the row may be gone since: then its place.
        const record = this.shown || (!this.hasPane && this.records[this.shownIndex]);
        this.cellOf(record)?.scrollIntoView({block: "nearest"});
    }

    cellOf(record) {
        return this.rootRef.el?.querySelector(`[data-id="${record?.id}"] .o_data_cell`);
    }

    /** The next row that is still there, from the one that is read or was read here. */
    neighbour(step) {
        const rows = this.records;
        let index = this.indexOf(this.inbox.shownId);
        if (index < 0) {
            index = step > 0 ? this.shownIndex - 1 : this.shownIndex;
        }
        do {
            index += step;
        } while (rows[index] && this.isGone(rows[index]));
        return rows[index];
    }

    move(step) {
        const record = this.neighbour(step) || (!this.shown && this.neighbour(-step));
        if (record) {
            this.show(record);
        }
    }

    async openRecord(record, options = {}) {
        if (this.hasPane && !options.newWindow && !options.force) {
            this.show(record);
            return;
        }
        if (!options.newWindow) {
            const {resId: shownId} = record;
            const {offset} = this.model.root;
            this.keepPlace({shownId, offset, index: this.indexOf(shownId)});
        }
        await super.openRecord(record, options);
    }

    openFull() {
        const {shownId, leftId} = this.inbox;
        if (this.shown) {
            this.openRecord(this.shown, {force: true});
        } else if (leftId && leftId === shownId) {
            this.props.selectRecord(shownId, {});
        }
    }

    openOriginal() {
        this.rootRef.el
            .querySelector(".o_social_reading .o_social_to_network")
            ?.click();
    }

    // -- The work

    get deeds() {
        return {
            done: {leaves: true, said: _t("Done")},
            snooze: {leaves: true, said: _t("Put away until tomorrow")},
            reopen: this.filterNames.includes("done")
                ? {leaves: true, said: _t("Open again")}
                : {},
            assign: {},
            unread: {},
        };
    }

    /** What a key is about: the ticked rows, else the one that is read. */
    get chosenIds() {
        const {selection} = this.model.root;
        const records = selection.length ? selection : [this.shown].filter(Boolean);
        return records.map(({resId}) => resId);
    }

    get areDone() {
        const records = this.chosenIds.map((id) => this.recordOf(id));
        return records.length && records.every(({data}) => data.state === "done");
    }

    async press(deed) {
        const {root} = this.model;
        const ids = root.isDomainSelected ? await root.getResIds(true) : this.chosenIds;
        if (!ids.length && this.inbox.leftId) {
            this.notification.add(
                _t("This one is no longer in the list. J goes on to the next."),
                {type: "info"}
            );
        }
        await this.run({deed, ...this.deeds[deed]}, ids);
    }

    /** A button of the pane: about what is read there, whatever the list holds. */
    act(deed) {
        return this.run({deed, ...this.deeds[deed]});
    }

    /** Asked before anything moves: a row that is gone has no name. */
    whoAre(ids) {
        return ids.length === 1
            ? this.recordOf(ids[0])?.data.identity_id.display_name
            : _t("%s conversations", ids.length);
    }

    wordsOn(changes, said, who) {
        const holders = [...new Set(changes.map((c) => c.taken_from).filter(Boolean))];
        const words = holders.length
            ? _t("Taken over from %s", holders.join(", "))
            : said;
        return words && who ? `${words}: ${who}` : words;
    }

    /** The pane shows the next one at once; the server and the list follow. */
    async run({deed, vals, leaves, said}, ids = [this.inbox.shownId]) {
        if (!ids.length || !this.activeActions.edit) {
            return;
        }
        const who = this.whoAre(ids);
        const isListed = ids.includes(this.inbox.shownId) && this.shown;
        if (deed === "unread") {
            // It would be read half a second later.
            browser.clearTimeout(this.readTimer);
        }
        if (leaves) {
            this.inbox.goneIds.push(...ids);
            if (isListed) {
                browser.clearTimeout(this.readTimer);
                this.show(this.neighbour(1) || this.neighbour(-1));
            }
        }
        let changes = [];
        try {
            changes = await this.mutex.exec(() =>
                this.orm.call(this.props.resModel, "social_do", [ids, deed, vals])
            );
        } catch (error) {
            this.bringBack(ids);
            throw error;
        }
        if (!leaves || !isListed) {
            this.inbox.version++;
        }
        this.undo.offer(changes, this.wordsOn(changes, said, who));
        this.reloadSoon();
    }

    bringBack(ids) {
        this.inbox.goneIds = this.inbox.goneIds.filter((id) => !ids.includes(id));
        if (this.hasPane && this.recordOf(ids[0])) {
            this.show(this.recordOf(ids[0]));
        }
        this.inbox.version++;
    }

    reloadSoon() {
        browser.clearTimeout(this.reloadTimer);
        this.reloadTimer = browser.setTimeout(() => this.reload(), RELOAD_DELAY);
    }

    /** What left is gone for good, the row that is read stays under the eyes. */
    async reload() {
        const {goneIds, shownId} = this.inbox;
        // A row that was picked stays picked; "all of them" are others now.
        const {isDomainSelected, selection} = this.model.root;
        const picked = isDomainSelected ? [] : selection;
        const isListed = this.shown && !this.isGone(this.shown);
        if (isDomainSelected) {
            await this.model.root.selectDomain(false);
            [...selection].forEach((record) => record.toggleSelection(false));
        }
        await this.model.root.load();
        this.inbox.goneIds = this.inbox.goneIds.filter((id) => !goneIds.includes(id));
        if (isListed && !this.shown && this.inbox.shownId === shownId) {
            this.inbox.leftId = shownId;
        }
        for (const {resId} of picked) {
            this.recordOf(resId)?.toggleSelection(true);
        }
    }

    /** Rows that are loaded again are other elements: the focus was on the old one. */
    restoreFocus() {
        if (this.hasPane && document.activeElement === document.body) {
            this.cellOf(this.shown)?.focus({preventScroll: true});
        }
    }

    /** Without payloads the connection was away: anything may have been said. */
    onMentions(payloads) {
        const {shownId} = this.inbox;
        const isNamed = ({conversation_ids: ids}) => ids?.includes(shownId);
        if (!payloads.length || payloads.some(isNamed)) {
            this.inbox.version++;
        }
        if (this.isReady) {
            this.reload();
        }
    }
}

export const inboxView = {
    ...listView,
    Controller: InboxController,
    Renderer: InboxRenderer,
};
registry.category("views").add("social_inbox", inboxView);
