import {formView} from "@web/views/form/form_view";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useUndoWork} from "../inbox/use_undo";

/** Whoever opens a conversation has read it; "Mark as unread" is left alone. */
export class SocialConversationFormController extends formView.Controller {
    setup() {
        super.setup();
        this.opened = new Set();
        this.undo = useUndoWork();
    }

    /** On a phone there is no list beside it: whoever is done goes back there. */
    async beforeExecuteActionButton(clickParams) {
        const goOn = await super.beforeExecuteActionButton(clickParams);
        const [deed, said] =
            {
                action_done: ["done", _t("Done")],
                action_snooze_tomorrow: ["snooze", _t("Put away until tomorrow")],
            }[clickParams.name] || [];
        const hasList = this.env.config.breadcrumbs?.length > 1;
        if (goOn === false || !deed || !this.env.isSmall || !hasList) {
            return goOn;
        }
        const {resId, resModel, data} = this.model.root;
        const changes = await this.orm.call(resModel, "social_do", [[resId], deed]);
        this.undo.offer(changes, `${said}: ${data.identity_id.display_name}`);
        this.env.config.historyBack();
        return false;
    }

    get modelParams() {
        const params = super.modelParams;
        params.hooks.onRootLoaded = (root) => this.markRead(root);
        return params;
    }

    async markRead({resId, data}) {
        const isNew = resId && !this.opened.has(resId);
        this.opened.add(resId);
        if (isNew && data.unread && this.archInfo.activeActions.edit) {
            await this.orm.silent.call(this.props.resModel, "action_mark_read", [
                [resId],
            ]);
        }
    }
}

registry.category("views").add("social_crm_conversation_form", {
    ...formView,
    Controller: SocialConversationFormController,
});
