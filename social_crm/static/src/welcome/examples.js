import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {errorSentence} from "../social_timeline/error_sentence";

/**
 * Says that what one sees are examples, and takes them away; or offers to load them.
 * Nobody shall take them for customers: it stands above the inbox while they are there.
 */
export class SocialExamples extends Component {
    static template = "social_crm.SocialExamples";
    static props = {
        // What `social.crm.look.welcome()` says, where the parent knows it already.
        offer: {type: Object, optional: true},
        // Offer to load them where there are none.
        mayOffer: {type: Boolean, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.state = useState({offer: this.props.offer || null});
        onWillStart(async () => {
            this.state.offer ||= await this.orm.call("social.crm.look", "welcome", []);
        });
    }

    get isOffered() {
        const {offer} = this.state;
        return this.props.mayOffer && offer.may_load_examples && !offer.examples;
    }

    /** Where there was nothing to read, there is now. */
    load() {
        return this.run(
            "action_load",
            _t("Loading the examples. This takes a few seconds…"),
            "social_crm.social_crm_conversation_action_inbox"
        );
    }

    remove() {
        return this.run("action_remove", _t("Removing the examples…"), "soft_reload");
    }

    async run(method, message, next) {
        this.ui.block({message});
        let said = "";
        try {
            said = await this.orm.call("social.crm.examples", method, []);
        } catch (error) {
            this.notification.add(errorSentence(error), {type: "danger"});
            return;
        } finally {
            this.ui.unblock();
        }
        this.notification.add(said, {type: "success"});
        await this.action.doAction(next);
    }
}
