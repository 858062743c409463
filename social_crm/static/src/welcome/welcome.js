import {Component, onWillStart, status, useState} from "@odoo/owl";
import {useAutofocus, useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {errorSentence} from "../social_timeline/error_sentence";
import {webUrl} from "../social_timeline/timeline_data";
import {SocialExamples} from "./examples";

/** The empty inbox: type what people call you, see what they say. No account, no key. */
export class SocialWelcome extends Component {
    static template = "social_crm.SocialWelcome";
    static components = {SocialExamples};
    static props = {
        // What `social.crm.look.welcome()` says, where the parent knows it already.
        offer: {type: Object, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        useAutofocus();
        this.state = useState({
            name: "",
            looking: false,
            error: "",
            found: null,
            offer: this.props.offer || null,
        });
        onWillStart(async () => {
            this.state.offer ||= await this.orm.call("social.crm.look", "welcome", []);
        });
    }

    get count() {
        const sources = this.state.found?.sources || [];
        return sources.reduce((sum, {posts}) => sum + posts.length, 0);
    }

    /** What a reader who does not see the cards is told. */
    get status() {
        const {looking, found} = this.state;
        if (looking) {
            return _t("Looking around: this takes a few seconds…");
        }
        if (!found) {
            return "";
        }
        return this.count
            ? _t("%(count)s posts about “%(name)s”", {
                  count: this.count,
                  name: found.name,
              })
            : _t(
                  "Nothing found about “%s”. Try another spelling, the name of a product, or the address of your website.",
                  found.name
              );
    }

    /** Who is asked is said before anything is sent. */
    get hint() {
        const {servers, reads_addresses: readsAddresses} = this.state.offer;
        const names = servers.join(", ");
        if (!names) {
            return _t(
                "Only an address is read, by your own server. Nothing is stored."
            );
        }
        return readsAddresses
            ? _t(
                  "Only this name is sent, by your own server, to: %s. If it is a web address, that website is asked as well. Nothing is stored.",
                  names
              )
            : _t(
                  "Only this name is sent, by your own server, to: %s. Nothing is stored.",
                  names
              );
    }

    /** A login helps where one is asked for, and what is silent today may speak later. */
    isWorthIt({posts, error, needs_login: needsLogin}) {
        return posts.length > 0 || !error || needsLogin;
    }

    urlOf(post) {
        return webUrl(post.url);
    }

    async look() {
        if (this.state.looking) {
            return;
        }
        Object.assign(this.state, {looking: true, error: "", found: null});
        let found = null;
        let error = "";
        try {
            // Only what was typed is sent; the server knows who is asked.
            found = await this.orm.call("social.crm.look", "look", [this.state.name]);
        } catch (problem) {
            error = errorSentence(problem);
        }
        if (status(this) !== "destroyed") {
            Object.assign(this.state, {looking: false, error, found});
        }
    }

    connect(source) {
        return this.action.doAction("social_crm.social_crm_connect_action", {
            additionalContext: {
                default_network: source.network,
                default_base_url: source.base_url,
                default_kind: source.kind,
                default_query: source.query,
            },
        });
    }
}

/** The same as a page of its own. */
export class SocialWelcomeAction extends Component {
    static template = "social_crm.SocialWelcomeAction";
    static components = {SocialWelcome};
    static props = {...standardActionServiceProps};
}

registry.category("actions").add("social_crm.welcome", SocialWelcomeAction);
