import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {queryAll, queryAllTexts} from "@odoo/hoot-dom";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";

describe.current.tags("desktop");
defineMailModels();

const FIRST = ".o_social_health_first > p > span";

function line(key, level, values) {
    const title = `Title of ${key}`;
    const text = `Text of ${key}.`;
    return {
        key,
        level,
        title,
        text,
        todo: "",
        action: false,
        action_name: "",
        ...values,
    };
}

let scheduler, address;

beforeEach(() => {
    scheduler = line("scheduler", "ok", {text: "It is alive. It last ran just now."});
    address = line("address", "ok", {text: "https://x.example answers from outside."});
    onRpc("social.crm.health", "sections", () => [
        {key: "scheduler", title: "Scheduler", level: "ok", lines: [scheduler]},
        {
            key: "account_1",
            title: "Acme",
            level: "ok",
            lines: [line("account_1", "ok")],
        },
    ]);
    onRpc("social.crm.health", "outside_lines", () => [
        address,
        line("database", "ok"),
        line("live", "warning"),
    ]);
});

async function open() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "social_crm.health",
    });
}

async function askOutside() {
    // For some seconds the screen waits for its live updates.
    for (let waited = 0; waited < 8; waited++) {
        await advanceTime(500);
    }
    await animationFrame();
}

test("the first line: scheduler, then base address; then the verdict", async () => {
    await open();
    const content = queryAll(".o_social_health .container-lg > *");
    expect(content[0]).toHaveClass("o_social_health_first");
    expect(content[1]).toHaveClass("o_social_health_verdict");
    expect(queryAllTexts(FIRST)).toEqual([
        "It is alive. It last ran just now.",
        "Asking the base address from outside…",
    ]);
    await askOutside();
    expect(queryAllTexts(FIRST)).toEqual([
        "It is alive. It last ran just now.",
        "https://x.example answers from outside.",
    ]);
    expect(".o_social_health_verdict").toHaveText("It works; some things need a look.");
    expect(queryAllTexts("section h2")).toEqual(["Seen from outside", "Acme"]);
    expect(queryAllTexts("section:eq(0) .fw-bold")).toEqual([
        "Title of database",
        "Title of live",
    ]);
});

test("what is wrong there counts, and says what to do", async () => {
    const action = {type: "ir.actions.act_window", res_model: "ir.cron"};
    Object.assign(scheduler, {
        level: "error",
        text: "The scheduler does not run.",
        todo: "Restart Odoo.",
        action,
        action_name: "Open",
    });
    Object.assign(address, {level: "warning", todo: "Set web.base.url."});
    await open();
    await askOutside();
    expect(".o_social_health_verdict").toHaveText(
        "Something does not work: see below."
    );
    expect(`${FIRST}[data-key=scheduler]`).toHaveAttribute("data-level", "error");
    expect(`${FIRST}[data-key=scheduler] i`).toHaveAttribute("aria-label", "Broken");
    expect(`${FIRST}[data-key=address] i`).toHaveAttribute("aria-label", "Look at it");
    expect(queryAllTexts(".o_social_health_first > div")).toEqual([
        "Restart Odoo.Open",
        "Set web.base.url.",
    ]);
    mockService("action", {doAction: (asked) => expect.step(asked.res_model)});
    await contains(".o_social_health_first button").click();
    expect.verifySteps(["ir.cron"]);
});
