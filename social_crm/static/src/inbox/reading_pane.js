import {
    Component,
    onWillStart,
    onWillUpdateProps,
    status,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {
    deserializeDateTime,
    formatDateTime,
    serializeDateTime,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Many2One} from "@web/views/fields/many2one/many2one";
import {RelativeTime} from "@mail/core/common/relative_time";
import {errorSentence} from "../social_timeline/error_sentence";
import {KINDS, MOODS, SocialMention} from "../social_timeline/social_mention";
import {webUrl} from "../social_timeline/timeline_data";
import {CustomerCard} from "./customer_card";

const {DateTime} = luxon;
const LOST = ["odoo.exceptions.AccessError", "odoo.exceptions.MissingError"];

/** One conversation beside the list: the words, the work, the customer. */
export class ReadingPane extends Component {
    static template = "social_crm.ReadingPane";
    static components = {
        CustomerCard,
        Dropdown,
        DropdownItem,
        Many2One,
        RelativeTime,
        SocialMention,
    };
    static props = {
        resModel: String,
        resId: Number,
        // Another number: something changed, read again.
        version: Number,
        // The list has it no more: by a colleague's hand, or by one's own.
        hasLeft: Boolean,
        act: Function,
        run: Function,
        openFull: Function,
        showKeys: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.threadRef = useRef("thread");
        this.state = useState({page: false, error: "", loading: false});
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((next) => {
            if (
                next.resId !== this.props.resId ||
                next.version !== this.props.version
            ) {
                // What is shown stays until the answer is there: nothing flickers.
                this.load(next);
            }
        });
        // The last words are what is new.
        useEffect(
            (thread) => thread && (thread.scrollTop = thread.scrollHeight) && undefined,
            () => [this.threadRef.el, this.work?.id, this.state.page.mentions?.length]
        );
    }

    async load({resId, resModel}) {
        this.state.loading = true;
        try {
            const page = await this.keepLast.add(
                this.orm.silent.call(resModel, "social_read", [[resId]])
            );
            Object.assign(this.state, {page, error: "", loading: false});
        } catch (error) {
            if (status(this) !== "destroyed") {
                const sentence = LOST.includes(error.exceptionName)
                    ? _t("It is gone, or you may not read it any more.")
                    : errorSentence(error);
                Object.assign(this.state, {
                    page: false,
                    error: sentence,
                    loading: false,
                });
            }
        }
    }

    get work() {
        return this.state.page.work;
    }

    get title() {
        return this.state.page.customer.profile.name;
    }

    get kindLabel() {
        return KINDS[this.work.kind] || KINDS.post;
    }

    get mood() {
        return MOODS[this.work.mood];
    }

    get waitsSince() {
        return this.work.waiting_since && deserializeDateTime(this.work.waiting_since);
    }

    get snoozedUntil() {
        const {state, snoozed_until: until} = this.work;
        return state === "snoozed" && until
            ? formatDateTime(deserializeDateTime(until))
            : "";
    }

    get whereItIs() {
        const {state_label: state, user: holder} = this.work;
        return holder ? `${state} · ${holder.display_name}` : state;
    }

    get isOpen() {
        return ["new", "open"].includes(this.work.state);
    }

    get url() {
        return webUrl(this.work.url);
    }

    /** Whoever is chosen must be able to see it. */
    get userDomain() {
        return [["share", "=", false]];
    }

    get teamDomain() {
        return [["company_id", "in", [this.work.company_id, false]]];
    }

    get snoozeChoices() {
        const now = DateTime.now();
        const morning = {hour: 8, minute: 0, second: 0, millisecond: 0};
        return [
            {label: _t("In 3 hours"), until: now.plus({hours: 3})},
            {label: _t("Tomorrow"), until: now.plus({days: 1}).set(morning)},
            {
                label: _t("Monday"),
                until: now.plus({weeks: 1}).startOf("week").set(morning),
            },
        ].map((choice) => ({
            ...choice,
            when: choice.until.toLocaleString({
                weekday: "short",
                hour: "numeric",
                minute: "numeric",
            }),
        }));
    }

    snooze(until) {
        this.props.run({
            deed: "write",
            vals: {state: "snoozed", snoozed_until: serializeDateTime(until)},
            leaves: true,
            said: _t("Put away until %s", formatDateTime(until)),
        });
    }

    hand(name, value) {
        // A click on a name leaves the focus in the field, where keys are letters.
        browser.setTimeout(() => this.threadRef.el?.focus());
        this.props.run({deed: "write", vals: {[name]: value ? value.id : false}});
    }
}
