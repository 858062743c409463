import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";

/** Whoever opens a conversation has read it; "Mark as unread" is left alone. */
export class SocialConversationFormController extends formView.Controller {
    setup() {
        super.setup();
        this.opened = new Set();
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
