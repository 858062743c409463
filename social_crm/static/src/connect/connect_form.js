import {formView} from "@web/views/form/form_view";
import {onWillUnmount, useEffect} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

const STAYS_OPEN = ["action_get_code", "action_test"];

/** The dialog that connects an account: it tries, and leaves nothing when closed. */
export class SocialConnectFormController extends formView.Controller {
    setup() {
        super.setup();
        this.action = useService("action");
        onWillUnmount(() => this.forget());
        // What was read is in view on a phone, too.
        useEffect(
            (isTested) => {
                if (isTested) {
                    this.resultElement?.scrollIntoView();
                }
            },
            () => [this.model.root.data.is_tested]
        );
    }

    /** Test and login leave the dialog open, and show what came of them. */
    async beforeExecuteActionButton(clickParams) {
        const record = this.model.root;
        if (record.data.error_field) {
            await record.resetFieldValidity(record.data.error_field);
        }
        const saved = await super.beforeExecuteActionButton(clickParams);
        if (saved === false || !STAYS_OPEN.includes(clickParams.name)) {
            return saved;
        }
        const action = await this.orm.call(this.props.resModel, clickParams.name, [
            [record.resId],
        ]);
        await this.model.load();
        if (action?.type) {
            await this.action.doAction(action);
        }
        const {error_field: blame} = this.model.root.data;
        if (blame in this.model.root.activeFields) {
            await this.showBlame(blame);
        }
        return false;
    }

    get resultElement() {
        return this.rootRef.el?.querySelector(".o_social_connect_result");
    }

    /** Mark the field to change, and put the cursor there. */
    async showBlame(name) {
        await this.model.root.setInvalidField(name);
        const field = `.o_field_widget[name="${name}"]`;
        this.rootRef.el.querySelector(`${field} :is(input, select)`)?.focus();
    }

    /** Whoever closes the dialog leaves no login behind. */
    async forget() {
        const {resId} = this.model.root;
        if (resId) {
            try {
                await this.orm.silent.unlink(this.props.resModel, [resId]);
            } catch {
                // The server is away: it cleans up by itself within the hour.
            }
        }
    }
}

registry.category("views").add("social_crm_connect_form", {
    ...formView,
    Controller: SocialConnectFormController,
});
