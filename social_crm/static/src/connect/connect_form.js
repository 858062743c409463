import {formView} from "@web/views/form/form_view";
import {onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

const STAYS_OPEN = ["action_get_code", "action_test"];

/** The dialog that connects an account: it tries, and leaves nothing when closed. */
export class SocialConnectFormController extends formView.Controller {
    setup() {
        super.setup();
        this.action = useService("action");
        onWillUnmount(() => this.forget());
    }

    /** Test and login leave the dialog open, and show what came of them. */
    async beforeExecuteActionButton(clickParams) {
        const record = this.model.root;
        const blamed = record.data.error_field;
        if (blamed) {
            await record.resetFieldValidity(blamed);
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
        await this.showBlame();
        return false;
    }

    /** Mark the field to change, and put the cursor there. */
    async showBlame() {
        const name = this.model.root.data.error_field;
        if (!name || !(name in this.model.root.activeFields)) {
            return;
        }
        await this.model.root.setInvalidField(name);
        const [input] = [
            ...document.querySelectorAll(
                `.o_dialog .o_field_widget[name="${name}"] :is(input, select)`
            ),
        ];
        input?.focus();
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
