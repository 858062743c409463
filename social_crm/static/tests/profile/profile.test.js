import {describe, expect, test} from "@odoo/hoot";
import {queryAllAttributes, queryAllTexts, queryFirst} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

const influence = (score, followers) => ({
    score,
    parts: [
        {code: "followers", text: followers, known: true, points: 32.7, most: 40},
        {code: "reach", text: "Reach: not known", known: false, points: 0, most: 20},
    ],
});

class Profile extends models.Model {
    _name = "social.crm.identity";

    name = fields.Char();
    influence_words = fields.Json();
    behaviour = fields.Json();

    _records = [
        {
            id: 1,
            name: "Ada",
            influence_words: influence(62, "12,400 followers"),
            behaviour: {
                hours: Array.from({length: 24}, (_none, hour) => (hour === 20 ? 4 : 0)),
                days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(
                    (day, index) => [day, index]
                ),
                lines: ["Speaks about 3 times a month", "Answers us: 4 of 6 times"],
                networks: [{label: "Mastodon", icon: "fa-comments"}],
                zone: "Europe/Berlin",
            },
        },
        {id: 2, name: "Bob", influence_words: false, behaviour: false},
    ];
}

defineMailModels();
defineModels([Profile]);

const open = (resId) =>
    mountView({
        type: "form",
        resModel: "social.crm.identity",
        resId,
        arch: `
            <form>
                <field name="name"/>
                <field name="influence_words" widget="social_crm_influence"/>
                <field name="behaviour" widget="social_crm_behaviour"/>
            </form>`,
    });

test("the number says how it came about", async () => {
    onRpc("social_look", () => false);
    await open(1);
    expect(".o_social_influence .fs-2").toHaveText("62");
    expect(queryAllTexts(".o_social_influence li")).toEqual([
        "12,400 followers\n33 of 40 points",
        "Reach: not known",
    ]);
});

test("who opens it sees it as it is now", async () => {
    let looked = false;
    onRpc("social_look", ({args}) => {
        expect(args[0]).toEqual([1]);
        looked = true;
        return true;
    });
    onRpc("web_read", ({parent}) => {
        const rows = parent();
        if (looked) {
            rows[0].influence_words = influence(70, "20,000 followers");
        }
        return rows;
    });
    await open(1);
    await animationFrame();
    expect(".o_social_influence .fs-2").toHaveText("70");
    expect(".o_social_influence li:first").toHaveText(/20,000 followers/);
});

test("what is typed stays", async () => {
    let answer = null;
    onRpc("social_look", () => new Promise((resolve) => (answer = resolve)));
    onRpc("web_read", () => expect.step("read"));
    await open(1);
    await contains("[name=name] input").edit("Ada L.");
    answer(true);
    await animationFrame();
    expect("[name=name] input").toHaveValue("Ada L.");
    expect.verifySteps(["read"]);
});

test("bars stand beside the words", async () => {
    onRpc("social_look", () => false);
    await open(1);
    expect(queryAllTexts(".o_social_behaviour li")).toEqual([
        "Speaks about 3 times a month",
        "Answers us: 4 of 6 times",
        "Mastodon",
    ]);
    expect(queryAllAttributes(".o_social_bars", "aria-label")).toEqual([
        "Hours of the day: 20:00: 4",
        "Days of the week: Mon: 0, Tue: 1, Wed: 2, Thu: 3, Fri: 4, Sat: 5, Sun: 6",
    ]);
    const bars = ".o_social_bars_hours .o_social_bars span";
    expect(bars).toHaveCount(24);
    expect(queryFirst(`${bars}:nth-child(21)`).style.height).toBe("100%");
    expect(queryFirst(`${bars}:nth-child(1)`).style.height).toBe("0%");
});

test("of whom nothing is known, nothing is said", async () => {
    onRpc("social_look", () => false);
    await open(2);
    expect(".o_social_influence").toHaveText("Not computed yet.");
    expect(".o_social_behaviour").toHaveCount(0);
});
