import {Chatter} from "@mail/chatter/web_portal/chatter";
// What it patches must be there first.
import "@mail/chatter/web/chatter_patch";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {SocialWaiting, useOpenConversation} from "@social_crm/social_now/social_now";
import {useSocialNow} from "@social_crm/social_now/use_social_now";

Object.assign(Chatter.components, {SocialWaiting});

/** While somebody waits on a network, the chatter says so, and whom a message reaches. */
patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        this.openConversation = useOpenConversation();
        useSocialNow(() => this.props.record);
    },

    async load(thread, requestList) {
        await super.load(...arguments);
        if (requestList.includes("suggestedRecipients")) {
            this.state.socialAskedFor = thread.localId;
        }
    },

    /** The conversation that waits longest, as far as the form knows it. */
    get socialWaiting() {
        const conversations = this.props.record?.data.social_now?.conversations;
        return conversations?.find(({since}) => since);
    },

    /** Nothing before it is known: "nobody" would be wrong for most. */
    get socialMessageGoes() {
        if (this.state.socialAskedFor !== this.state.thread?.localId) {
            return "";
        }
        const {network} = this.socialWaiting;
        const recipients = this.state.thread?.suggestedRecipients || [];
        const emails = recipients.map(({email}) => email).filter(Boolean);
        return emails.length
            ? _t("“Send message” goes by e-mail to %(emails)s, not to %(network)s.", {
                  emails: emails.join(", "),
                  network,
              })
            : _t("“Send message” reaches no customer: no e-mail is known.");
    },
});
