import {Component, markup, useState} from "@odoo/owl";
import {RelativeTime} from "@mail/core/common/relative_time";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useAutofocus, useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useOpenRecord} from "../open_record/use_open_record";
import {errorSentence} from "../social_timeline/error_sentence";
import {MOODS} from "../social_timeline/social_mention";
import {refreshSocial} from "./use_social_now";

/** Who waits where, in words: in the chatter and on the page "Social". */
export class SocialWaiting extends Component {
    static template = "social_crm.SocialWaiting";
    static components = {RelativeTime};
    static props = {conversation: Object};

    get sentence() {
        const {network, since} = this.props.conversation;
        // Letters that turn the direction end with the name.
        const name = markup`<bdi>${this.props.conversation.name}</bdi>`;
        return since
            ? _t("%(name)s waits on %(network)s", {name, network})
            : _t("%(name)s spoke on %(network)s", {name, network});
    }

    get mood() {
        const {mood} = this.props.conversation;
        return mood !== "neutral" && MOODS[mood];
    }

    get since() {
        const {since} = this.props.conversation;
        return since ? deserializeDateTime(since) : false;
    }

    get sinceTitle() {
        return _t("Waits for our answer since %s", formatDateTime(this.since));
    }
}

/** Open a conversation where one may work on it. */
export function useOpenConversation() {
    const openRecord = useOpenRecord();
    return ({id}) => openRecord("social.crm.conversation", id);
}

/** The open conversations of a record, who waits longest first. */
export class SocialNow extends Component {
    static template = "social_crm.SocialNow";
    static components = {SocialWaiting};
    static props = {...standardFieldProps};

    setup() {
        this.open = useOpenConversation();
    }

    get conversations() {
        return this.props.record.data[this.props.name]?.conversations || [];
    }
}

/** The number on the stat button: what is open, else how many there ever were. */
export class SocialStat extends Component {
    static template = "social_crm.SocialStat";
    static props = {...standardFieldProps};

    get now() {
        return this.props.record.data[this.props.name] || {open: 0, total: 0};
    }

    get value() {
        const {open, total} = this.now;
        return open ? _t("%s open", open) : total;
    }
}

/** The profiles of a record: icon and handle beside its phone number, or cards. */
export class SocialHandles extends Component {
    static template = "social_crm.SocialHandles";
    static props = {
        ...standardFieldProps,
        cards: {type: Boolean, optional: true},
        add: {type: Boolean, optional: true},
        move: {type: Boolean, optional: true},
    };

    setup() {
        this.openRecord = useOpenRecord();
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        useAutofocus({refName: "paste"});
        this.state = useState({isAdding: false, text: "", error: ""});
    }

    get mayAdd() {
        return Boolean(this.props.add && this.props.record.resId);
    }

    /** One dialog; what is typed elsewhere on the form stays. */
    async move({id}) {
        const action = await this.orm.call("social.crm.identity", "action_move", [
            [id],
        ]);
        const onClose = () => refreshSocial(this.orm, () => this.props.record);
        await this.action.doAction(action, {onClose});
    }

    onKeydown(ev) {
        if (ev.key === "Escape" && this.state.isAdding) {
            ev.stopPropagation();
            this.stop();
        } else if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            this.add();
        }
    }

    stop() {
        Object.assign(this.state, {isAdding: false, text: "", error: ""});
    }

    /** What is typed elsewhere on the form stays: only our fields are read again. */
    async add() {
        const {resModel, resId} = this.props.record;
        if (!this.state.text.trim()) {
            this.state.isAdding = false;
            return;
        }
        try {
            const name = await this.orm.silent.call(resModel, "social_add_profile", [
                [resId],
                this.state.text,
            ]);
            this.stop();
            this.notification.add(_t("Added: %s", name), {type: "success"});
        } catch (error) {
            this.state.error = errorSentence(error);
            return;
        }
        await refreshSocial(this.orm, () => this.props.record);
    }

    get profiles() {
        return this.props.record.data[this.props.name] || [];
    }
}

const fields = registry.category("fields");
fields.add("social_crm_now", {
    component: SocialNow,
    displayName: _t("Open social conversations"),
    supportedTypes: ["json"],
});
fields.add("social_crm_stat", {
    component: SocialStat,
    displayName: _t("Number of social conversations"),
    supportedTypes: ["json"],
});
fields.add("social_crm_handles", {
    component: SocialHandles,
    displayName: _t("Social handles"),
    supportedTypes: ["json"],
    extractProps: ({options}) => ({
        cards: Boolean(options.cards),
        add: Boolean(options.add),
        move: Boolean(options.move),
    }),
});
