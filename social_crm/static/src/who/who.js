import {Component, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {RelativeTime} from "@mail/core/common/relative_time";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {Mutex} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {Many2One} from "@web/views/fields/many2one/many2one";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useUndo} from "../inbox/use_undo";
import {useOpenRecord} from "../open_record/use_open_record";
import {webUrl} from "../social_timeline/timeline_data";

const MODEL = "social.crm.identity";
// Fetched when so few are left: nobody waits between two people.
const FEW = 5;
const LIKELY = {
    very_likely: {color: "success", label: _t("Very likely")},
    possible: {color: "warning", label: _t("Possible")},
};

/** People without a contact, one after the other, beside who they may be. */
export class Who extends Component {
    static template = "social_crm.Who";
    static components = {Layout, Many2One, RelativeTime};
    static props = {...standardActionServiceProps};
    static displayName = _t("Who is this?");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.open = useOpenRecord();
        this.mutex = new Mutex();
        this.rootRef = useRef("root");
        this.undo = useUndo((settled) => this.unsettle(settled));
        this.contactRef = useRef("contact");
        this.leadRef = useRef("lead");
        this.state = useState({
            people: [],
            index: 0,
            total: 0,
            mayCreate: false,
            mayLead: false,
        });
        onWillStart(async () => {
            const {identity_id: id} = this.props.action.params || {};
            [this.state.mayCreate, this.state.mayLead] = await Promise.all([
                user.checkAccessRight("res.partner", "create"),
                user.checkAccessRight("crm.lead", "write"),
            ]);
            if (id) {
                this.state.people = [
                    await this.orm.call(MODEL, "social_person", [[id]]),
                ];
            } else {
                await this.fetch();
            }
        });
        useEffect(
            () => {
                // On a phone another element scrolls, further up.
                for (let {el} = this.rootRef; el; el = el.parentElement) {
                    el.scrollTop = 0;
                }
            },
            () => [this.person?.id]
        );
        this.useKeys();
    }

    useKeys() {
        const keys = {
            j: () => this.move(1),
            k: () => this.move(-1),
            c: () => this.create(),
            l: () => this.leadRef.el?.querySelector("input").focus(),
            s: () => this.contactRef.el?.querySelector("input").focus(),
            n: () => this.settle("never"),
            z: () => this.undo.undoLast(),
            x: () => this.reject(this.person?.matches[0]),
        };
        for (let place = 0; place < 5; place++) {
            keys[place + 1] = () => this.choose(this.person?.matches[place]);
        }
        for (const [key, callback] of Object.entries(keys)) {
            useHotkey(String(key), callback);
        }
    }

    get isQueue() {
        return !this.props.action.params?.identity_id;
    }

    get person() {
        return this.state.people[this.state.index];
    }

    get left() {
        return this.state.total >= 1000 ? _t("more than 999") : this.state.total;
    }

    get followers() {
        const {followers} = this.person;
        return followers ? _t("%s followers", followers) : "";
    }

    likely(match) {
        return LIKELY[match.decision];
    }

    /** What tells a contact from a namesake. */
    about({contact}) {
        const {function: work, company, place} = contact;
        return [work, company, place].filter(Boolean).join(" · ");
    }

    question(match) {
        return match.contact.kind ? _t("This is the lead") : _t("This is the contact");
    }

    url(address) {
        return webUrl(address);
    }

    date(quote) {
        return deserializeDateTime(quote.at);
    }

    async fetch() {
        const seen = this.state.people.map(({id}) => id);
        const {total, people} = await this.orm.call(MODEL, "social_who", [seen]);
        this.state.total = total;
        this.state.people.push(...people);
    }

    /** Later is later: whoever was passed by is there again by K, and next time. */
    move(step) {
        const index = this.state.index + step;
        if (index >= 0 && index <= this.state.people.length && this.isQueue) {
            this.state.index = index;
            if (this.state.people.length - index < FEW) {
                this.mutex.exec(() => this.fetch());
            }
        }
    }

    choose(match) {
        return (
            match &&
            this.settle("match", match.id, match.contact.name, match.contact.kind)
        );
    }

    chooseOther(contact) {
        return contact && this.settle("contact", contact.id, contact.display_name);
    }

    chooseLead(lead) {
        return lead && this.settle("lead", lead.id, lead.display_name);
    }

    create() {
        return this.state.mayCreate && this.settle("create", false, this.person?.name);
    }

    /** One suggestion less; with the last of them the person is settled. */
    async reject(match) {
        const {person} = this;
        if (!match || !person) {
            return;
        }
        const settled = await this.call(person, "reject", match.id);
        person.matches = person.matches.filter(({id}) => id !== match.id);
        this.undo.offer(
            settled,
            _t("%(person)s is not %(contact)s", {
                person: person.name,
                contact: match.contact.name,
            })
        );
        if (!person.matches.length) {
            this.leave(person);
        }
    }

    async settle(deed, recordId, name, isLead = deed === "lead") {
        const {person} = this;
        if (!person || person.contact || person.is_held) {
            return;
        }
        const settled = await this.call(person, deed, recordId);
        this.undo.offer(
            settled,
            deed === "never"
                ? _t("Nobody is asked again who %s is", person.name)
                : _t("%(person)s is %(contact)s", {person: person.name, contact: name}),
            deed === "never" || isLead ? [] : [this.moveButton(person)]
        );
        this.leave(person);
    }

    /** It was somebody else: one dialog instead of undoing and choosing again. */
    moveButton({id}) {
        const {action, orm} = this.env.services;
        return {
            name: _t("Somebody else…"),
            onClick: async () =>
                action.doAction(await orm.call(MODEL, "action_move", [[id]])),
        };
    }

    /** Shows the words to ask with; what was noted there changes the refusal. */
    async ask() {
        const {person} = this;
        const action = await this.orm.call(MODEL, "action_ask", [[person.id]]);
        const onClose = async () =>
            Object.assign(
                person,
                await this.orm.call(MODEL, "social_person", [[person.id]])
            );
        await this.action.doAction(action, {onClose});
    }

    call(person, deed, recordId = false) {
        return this.mutex.exec(() =>
            this.orm.call(MODEL, "social_settle", [[person.id], deed, recordId])
        );
    }

    leave(person) {
        if (!this.isQueue) {
            this.env.config.historyBack();
            return;
        }
        this.state.people = this.state.people.filter(({id}) => id !== person.id);
        this.state.total--;
        this.move(0);
    }

    async unsettle(settled) {
        // Not by useService, as the offer outlives this screen.
        const {orm} = this.env.services;
        await this.mutex.exec(() => orm.call(MODEL, "social_unsettle", [settled]));
        const person = await orm.call(MODEL, "social_person", [[settled.id]]);
        const {people} = this.state;
        const index = people.findIndex(({id}) => id === person.id);
        if (index < 0) {
            people.splice(this.state.index, 0, person);
            this.state.total++;
        } else {
            people[index] = person;
        }
    }
}

registry.category("actions").add("social_crm_who", Who);
