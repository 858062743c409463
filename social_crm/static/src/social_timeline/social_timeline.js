import {Component, onPatched, status, useEffect, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useRecordNews} from "../live/use_record_news";
import {errorSentence} from "./error_sentence";
import {SocialMention} from "./social_mention";
import {NO_FILTERS, SocialTimelineFilters} from "./social_timeline_filters";
import {append, layOver, refreshShown, serverFilters} from "./timeline_data";

export const PAGE_SIZE = 30;
// One page of a busy stream is one notification: ask once for several of them.
export const NEWS_DELAY = 1000;
// Below this the reader has left the top: nothing may move under the eyes.
const READING_OFFSET = 40;

const NOTHING_SHOWN = {
    items: [],
    cursor: false,
    total: false,
    loading: "", // "first", "older", "news" or "" when at rest
    error: "",
    news: false, // a first page that waits until the reader asks for it
};

/** What customers said, newest first, on the form of a contact, a lead or a ticket. */
export class SocialTimeline extends Component {
    static template = "social_crm.SocialTimeline";
    static components = {SocialMention, SocialTimelineFilters};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.scrollRef = useRef("scroll");
        this.endRef = useRef("end");
        this.focusAfterLoad = false;
        this.missedNews = false;
        this.wasDirty = false;
        this.state = useState({
            ...NOTHING_SHOWN,
            resId: false,
            hasMentions: false, // there is something to filter
            networks: [],
            filters: NO_FILTERS,
            mayLink: false,
        });

        // The form does not wait for it.
        user.hasGroup("social_crm.group_user").then((mayLink) => {
            this.state.mayLink = mayLink;
        });

        useRecordObserver((record) => this.onRecord(record));
        this.askForNews = useRecordNews(
            () => this.props.record,
            () => this.loadNews(),
            NEWS_DELAY
        );
        useEffect(
            (end) => this.watchEnd(end),
            () => [this.endRef.el, this.state.items.length]
        );
        onPatched(() => this.focusLoaded());
    }

    get resModel() {
        return this.props.record.resModel;
    }

    /** The contact that the form shows or belongs to, when the view knows it. */
    get partnerId() {
        if (this.resModel === "res.partner") {
            return this.state.resId || undefined;
        }
        return this.props.record.data.partner_id?.id || undefined;
    }

    get hasFilters() {
        return Object.keys(serverFilters(this.state.filters)).length > 0;
    }

    get emptyHint() {
        const isContact = this.resModel === "res.partner";
        return {
            title: isContact
                ? _t("Nobody heard from this contact yet.")
                : _t("No mention belongs here yet."),
            text: isContact
                ? _t(
                      "Set this contact on one of the social profiles: what it says shows here."
                  )
                : _t(
                      "Set the contact, and set it on one of the social profiles: what it says shows here."
                  ),
        };
    }

    openProfiles() {
        this.action.doAction("social_crm.social_crm_identity_action");
    }

    get newsLabel() {
        const {added, gap} = this.state.news;
        return gap ? _t("More than %s new", added) : _t("%s new", added);
    }

    /** The whole feed's size, -1 while it is not known: that is how ARIA says it. */
    get setSize() {
        const {total, items, cursor} = this.state;
        return cursor ? total || -1 : items.length;
    }

    /** Another record starts again; the same one, just saved, may show other mentions. */
    onRecord({resId, dirty}) {
        const saved = this.wasDirty && !dirty;
        this.wasDirty = dirty;
        if (resId !== this.state.resId) {
            Object.assign(this.state, NOTHING_SHOWN, {
                resId,
                hasMentions: false,
                networks: [],
                filters: NO_FILTERS,
            });
            this.loadFirst();
        } else if (saved && resId) {
            this.loadNews();
        }
    }

    onFiltersChange(filters) {
        this.state.filters = filters;
        this.loadFirst();
    }

    clearFilters() {
        this.onFiltersChange(NO_FILTERS);
    }

    retry() {
        return this.state.items.length ? this.loadOlder() : this.loadFirst();
    }

    fetch(cursor, orm = this.orm) {
        return this.keepLast.add(
            orm.call(this.resModel, "social_timeline", [[this.state.resId]], {
                cursor: cursor || null,
                limit: PAGE_SIZE,
                filters: serverFilters(this.state.filters),
            })
        );
    }

    /** Ask the server, note the state; `show` gets the page unless it came too late. */
    async load(loading, cursor, show) {
        this.state.loading = loading;
        let page;
        try {
            const silent = loading === "news" ? this.orm.silent : this.orm;
            page = await this.fetch(cursor, silent);
        } catch (error) {
            if (status(this) === "destroyed") {
                return;
            }
            this.state.loading = "";
            const sentence = errorSentence(error);
            if (loading === "first") {
                Object.assign(this.state, NOTHING_SHOWN);
            }
            // News that cannot be had leave what is shown as it is; they come again.
            if (loading !== "news") {
                this.state.error = sentence;
            }
            return;
        }
        if (status(this) === "destroyed") {
            return;
        }
        Object.assign(this.state, {loading: "", error: ""});
        // While networks are filtered the others must stay in the menu.
        if (page.networks?.length && !this.state.filters.networks.length) {
            this.state.networks = page.networks;
        }
        show(page);
        if (this.missedNews && loading !== "news") {
            this.askForNews();
        }
    }

    /** What is shown stays, dimmed, until the answer is there: a search must not flicker. */
    async loadFirst() {
        if (!this.state.resId) {
            return;
        }
        this.missedNews = false;
        Object.assign(this.state, {error: "", news: false});
        await this.load("first", false, ({items, cursor, total = false}) => {
            Object.assign(this.state, {items, cursor, total});
            this.state.hasMentions ||= items.length > 0;
            this.scrollRef.el?.scrollTo({top: 0});
        });
    }

    async loadOlder() {
        if (!this.state.cursor || ["first", "older"].includes(this.state.loading)) {
            return;
        }
        this.state.error = "";
        await this.load("older", this.state.cursor, (page) => {
            this.state.items = append(this.state.items, page);
            this.state.cursor = page.cursor;
        });
    }

    async loadNews() {
        // A page on its way would be dropped: its end asks again (see `load`).
        this.missedNews = true;
        if (
            !this.state.resId ||
            (this.state.loading && this.state.loading !== "news")
        ) {
            return;
        }
        await this.load("news", false, (page) => {
            this.missedNews = false;
            const {items, cursor} = this.state;
            const result = layOver(items, cursor, page);
            if (page.total !== undefined) {
                this.state.total = page.total;
            }
            if (result.added && this.isReading()) {
                this.state.items = refreshShown(items, page);
                this.state.news = {page, added: result.added, gap: result.gap};
            } else {
                Object.assign(this.state, {
                    items: result.items,
                    cursor: result.cursor,
                    news: false,
                });
                this.state.hasMentions ||= result.items.length > 0;
            }
        });
    }

    showNews() {
        const {items, cursor} = layOver(
            this.state.items,
            this.state.cursor,
            this.state.news.page
        );
        Object.assign(this.state, {items, cursor, news: false});
        this.scrollRef.el.scrollTo({top: 0});
        this.focusAfterLoad = 0;
    }

    /** Does the reader look at something that rows put on top would push away? */
    isReading() {
        const {el} = this.scrollRef;
        const row =
            el?.contains(document.activeElement) && this.rowOf(document.activeElement);
        return (
            el?.scrollTop > READING_OFFSET || Boolean(row && this.rows.indexOf(row) > 0)
        );
    }

    watchEnd(end) {
        if (!end) {
            return;
        }
        const observer = new IntersectionObserver(
            (entries) => {
                // After an error the reader decides when to ask again.
                if (
                    entries.some((entry) => entry.isIntersecting) &&
                    !this.state.error
                ) {
                    this.loadOlder();
                }
            },
            {root: this.scrollRef.el, rootMargin: "0px 0px 400px 0px"}
        );
        observer.observe(end);
        return () => observer.disconnect();
    }

    get rows() {
        return [...(this.scrollRef.el?.querySelectorAll(".o_social_mention") || [])];
    }

    rowOf(el) {
        return el.closest(".o_social_mention");
    }

    /** The feed pattern of ARIA: keys move between rows, a row is read as a whole. */
    onKeydown(ev) {
        const row = this.rowOf(ev.target);
        if (!row || ev.ctrlKey || ev.altKey || ev.metaKey) {
            return;
        }
        const isRow = row === ev.target;
        const rows = this.rows;
        const index = rows.indexOf(row);
        const moves = {
            PageDown: index + 1,
            PageUp: index - 1,
            ...(isRow && {
                j: index + 1,
                ArrowDown: index + 1,
                k: index - 1,
                ArrowUp: index - 1,
                Home: 0,
                End: rows.length - 1,
            }),
        };
        if (ev.key in moves) {
            ev.preventDefault();
            ev.stopPropagation();
            this.focusRow(moves[ev.key]);
        }
    }

    focusRow(index) {
        const row = this.rows[index];
        if (row) {
            row.focus();
        } else if (index > 0 && this.state.cursor) {
            this.focusAfterLoad = index;
            this.loadOlder();
        }
    }

    focusLoaded() {
        const row = this.focusAfterLoad !== false && this.rows[this.focusAfterLoad];
        if (row) {
            this.focusAfterLoad = false;
            row.focus();
        }
    }
}

export const socialTimeline = {component: SocialTimeline};
registry.category("view_widgets").add("social_timeline", socialTimeline);
