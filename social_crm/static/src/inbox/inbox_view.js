import {onPatched, onWillStart, useEffect, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {Mutex} from "@web/core/utils/concurrency";
import {listView} from "@web/views/list/list_view";
import {useMentions} from "../live/use_mentions";
import {SocialExamples} from "../welcome/examples";
import {SocialWelcome} from "../welcome/welcome";
import {InboxRenderer} from "./inbox_renderer";
import {ReadingPane} from "./reading_pane";
import {ShortcutsDialog} from "./shortcuts_dialog";

// A series of keys costs one reload of the list, not one each.
const RELOAD_DELAY = 400;
// Whoever only passes by has not read it.
const READ_DELAY = 500;
// Rows must not move under the eyes more often than this.
const NEWS_DELAY = 5000;
const TABS = ["open", "waiting_for_them", "snoozed", "done"];
const SHOWN_KEY = "social_crm.inbox.shown";

/** A list of conversations, and beside it the one that is being read. */
export class InboxController extends listView.Controller {
    static template = "social_crm.Inbox";
    static components = {
        ...listView.Controller.components,
        ReadingPane,
        SocialExamples,
        SocialWelcome,
    };

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.mutex = new Mutex();
        this.inbox = useState({
            shownId: Number(browser.sessionStorage.getItem(SHOWN_KEY)),
            // What left the list since it was loaded.
            goneIds: [],
            version: 0,
        });
        this.reloadTimer = null;
        this.readTimer = null;
        onWillStart(async () => {
            // Readers come by the menus of other apps: nothing to look for or connect.
            this.offer = (await user.hasGroup("social_crm.group_user"))
                ? await this.orm.call("social.crm.look", "welcome", [])
                : {show: false, examples: false};
        });
        // Whichever way back is taken, the browser's or ours, it leads to the same row.
        useEffect(
            (shownId) => browser.sessionStorage.setItem(SHOWN_KEY, shownId || 0),
            () => [this.inbox.shownId]
        );
        useEffect(
            () => this.showOne(),
            () => [this.isReady && this.records.map(({resId}) => resId).join()]
        );
        useEffect(
            (isReady) => isReady && this.hasPane && this.focusShown(),
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
        useMentions((payloads) => this.onMentions(payloads), NEWS_DELAY);
        this.useKeys();
    }

    useKeys() {
        const keys = {
            j: () => this.move(1),
            k: () => this.move(-1),
            d: () => this.act(this.isDone ? "reopen" : "done"),
            a: () => this.act("assign"),
            s: () => this.act("snooze"),
            u: () => this.act("unread"),
            x: () => this.toggleSelected(),
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

    /** The filters of the status, one at a time; more at once by the search menu. */
    get tabs() {
        const items = Object.values(this.env.searchModel.searchItems || {});
        const active = new Set(
            this.env.searchModel.query.map((item) => item.searchItemId)
        );
        return TABS.map((name) => items.find((item) => item.name === name))
            .filter(Boolean)
            .map(({id, name, description}) => ({
                id,
                name,
                label: description,
                isActive: active.has(id),
            }));
    }

    chooseTab(chosen) {
        for (const {id, isActive} of this.tabs) {
            if (isActive !== (id === chosen.id)) {
                this.env.searchModel.toggleSearchItem(id);
            }
        }
    }

    /** Before anything is connected there is nothing to list. */
    get isWelcome() {
        return this.offer.show && !(this.isReady && this.model.root.records?.length);
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

    /** The rows that are still there. */
    get waiting() {
        return this.records.filter(({resId}) => !this.inbox.goneIds.includes(resId));
    }

    get shown() {
        return this.records.find(({resId}) => resId === this.inbox.shownId);
    }

    get isDone() {
        return this.shown?.data.state === "done";
    }

    /** Without a choice the first one is shown; that alone does not make it read. */
    showOne() {
        if (this.isReady && this.hasPane && !this.shown) {
            this.inbox.shownId = this.waiting[0]?.resId || false;
        }
    }

    onRowFocus(record) {
        if (this.hasPane && record.resId !== this.inbox.shownId) {
            this.show(record);
        }
    }

    show(record) {
        this.inbox.shownId = record ? record.resId : false;
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
        const cell = this.cellOf(this.shown);
        cell?.focus({preventScroll: true});
        cell?.scrollIntoView({block: "nearest"});
    }

    cellOf(record) {
        return this.rootRef.el?.querySelector(`[data-id="${record?.id}"] .o_data_cell`);
    }

    neighbour(step) {
        const rows = this.waiting;
        const index = rows.findIndex(({resId}) => resId === this.inbox.shownId);
        return index < 0 ? rows[0] : rows[index + step];
    }

    move(step) {
        const record = this.neighbour(step);
        if (record) {
            this.show(record);
        }
    }

    async openRecord(record, options = {}) {
        if (this.hasPane && !options.newWindow && !options.force) {
            this.show(record);
        } else {
            await super.openRecord(record, options);
        }
    }

    openFull() {
        if (this.shown) {
            this.openRecord(this.shown, {force: true});
        }
    }

    openOriginal() {
        this.rootRef.el
            .querySelector(".o_social_reading .o_social_to_network")
            ?.click();
    }

    toggleSelected() {
        this.shown?.toggleSelection();
    }

    // -- The work

    get actions() {
        return {
            done: {method: "action_done", leaves: true, said: _t("Done")},
            snooze: {
                method: "action_snooze_tomorrow",
                leaves: true,
                said: _t("Put away until tomorrow"),
            },
            reopen: {method: "action_reopen"},
            assign: {method: "action_assign_to_me"},
            unread: {method: "action_mark_unread"},
        };
    }

    act(name) {
        return this.run(this.actions[name]);
    }

    /** The pane shows the next one at once; the server and the list follow. */
    async run({method, args = [], leaves, said}) {
        const record = this.shown;
        if (!record || !this.activeActions.edit) {
            return;
        }
        const {resModel, resId} = record;
        const before = record.data.state;
        const next = leaves && (this.neighbour(1) || this.neighbour(-1));
        if (leaves) {
            browser.clearTimeout(this.readTimer);
            this.inbox.goneIds.push(resId);
            this.show(next);
        }
        try {
            await this.mutex.exec(() =>
                this.orm.call(resModel, method, [[resId], ...args])
            );
        } catch (error) {
            this.bringBack(resId);
            throw error;
        }
        if (leaves) {
            this.offerUndo(record, said, before);
        } else {
            this.inbox.version++;
        }
        this.reloadSoon();
    }

    offerUndo(record, said, before) {
        const {resModel, resId, data} = record;
        const close = this.notification.add(
            `${said}: ${data.identity_id.display_name}`,
            {
                type: "success",
                buttons: [
                    {
                        name: _t("Undo"),
                        onClick: async () => {
                            close();
                            await this.orm.write(resModel, [resId], {state: before});
                            await this.reload();
                            this.bringBack(resId);
                        },
                    },
                ],
            }
        );
    }

    bringBack(resId) {
        this.inbox.goneIds = this.inbox.goneIds.filter((id) => id !== resId);
        this.inbox.shownId = resId;
        this.inbox.version++;
        this.focusShown();
    }

    reloadSoon() {
        browser.clearTimeout(this.reloadTimer);
        this.reloadTimer = browser.setTimeout(() => this.reload(), RELOAD_DELAY);
    }

    /** What left is gone for good, the row that is read stays under the eyes. */
    async reload() {
        const {goneIds} = this.inbox;
        await this.model.root.load();
        this.inbox.goneIds = this.inbox.goneIds.filter((id) => !goneIds.includes(id));
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
        // A selection is work in progress: its rows stay where they are.
        if (this.isReady && !this.model.root.selection.length) {
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
