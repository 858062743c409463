import {Component, onMounted, onWillStart, useState} from "@odoo/owl";
import {WORKER_STATE} from "@bus/workers/websocket_worker";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const MODEL = "social.crm.health";
// The browser opens its connection for live updates some time after the page.
const LIVE_SECONDS = 3;
const ICONS = {
    ok: "fa-check-circle text-success",
    warning: "fa-exclamation-triangle text-warning",
    error: "fa-times-circle text-danger",
};

/** How the scheduler, the accounts and the server are doing, in words. */
export class Health extends Component {
    static template = "social_crm.Health";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.bus = useService("bus_service");
        this.state = useState({sections: [], outside: [], isChecking: true});
        this.keepLast = new KeepLast();
        onWillStart(() => this.load());
        onMounted(() => this.lookFromOutside());
    }

    async load() {
        this.state.sections = await this.orm.call(MODEL, "sections", []);
    }

    /** Slow where something is wrong: the screen does not wait for it. */
    async lookFromOutside() {
        this.state.isChecking = true;
        this.state.outside = [];
        const look = async () => {
            const isLive = await this.hasLiveUpdates();
            return this.orm.call(MODEL, "outside_lines", [isLive]);
        };
        try {
            this.state.outside = await this.keepLast.add(look());
        } finally {
            this.state.isChecking = false;
        }
    }

    async hasLiveUpdates() {
        for (let waited = 0; waited < LIVE_SECONDS * 2; waited++) {
            if (this.bus.workerState === WORKER_STATE.CONNECTED) {
                return true;
            }
            await new Promise((resolve) => browser.setTimeout(resolve, 500));
        }
        return false;
    }

    async checkAgain() {
        await this.load();
        await this.lookFromOutside();
    }

    /** Said before all else: whether the scheduler runs, and whether networks get in. */
    get firstLines() {
        const [scheduler] = this.state.sections;
        return [...scheduler.lines, ...this.state.outside.slice(0, 1)];
    }

    get sections() {
        const outside = {
            key: "outside",
            title: _t("Seen from outside"),
            lines: this.state.outside.slice(1),
        };
        return [outside, ...this.state.sections.slice(1)];
    }

    get summary() {
        const lines = this.sections.flatMap((section) => section.lines);
        const levels = [...this.firstLines, ...lines].map(({level}) => level);
        const count = (level) => levels.filter((found) => found === level).length;
        const errors = count("error");
        const warnings = count("warning");
        if (errors) {
            return {level: "error", text: _t("Something does not work: see below.")};
        }
        if (warnings) {
            return {level: "warning", text: _t("It works; some things need a look.")};
        }
        return {level: "ok", text: _t("Everything works.")};
    }

    iconOf(level) {
        return ICONS[level];
    }

    labelOf(level) {
        const labels = {ok: _t("Fine"), warning: _t("Look at it"), error: _t("Broken")};
        return labels[level];
    }

    open(line) {
        return this.action.doAction(line.action);
    }
}

registry.category("actions").add("social_crm.health", Health);
