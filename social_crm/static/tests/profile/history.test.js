import {describe, expect, test} from "@odoo/hoot";
import {queryAllTexts, queryFirst} from "@odoo/hoot-dom";
import {animationFrame, mockDate} from "@odoo/hoot-mock";
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

const change = (id, at, what, old, value) => ({id, at, what, old, new: value});

class Profile extends models.Model {
    _name = "social.crm.identity";

    history = fields.Json();
    followers_growth = fields.Json();

    _records = [
        {
            id: 1,
            history: {
                changes: [
                    change(9, "2026-05-12 10:00:00", "Name", "Ada", "<b>Ada L.</b>"),
                    change(8, "2026-05-12 09:00:00", "About", "Baker", ""),
                    change(7, "2025-05-02 09:00:00", "Picture", "", "new"),
                ],
                next: 7,
            },
            followers_growth: {points: [10, 20, 15], text: "+5 in 30 days"},
        },
        {id: 2, history: false, followers_growth: false},
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
                <field name="history" widget="social_crm_history"/>
                <field name="followers_growth" widget="social_crm_growth"/>
            </form>`,
    });

test("changes stand under their day, in words", async () => {
    mockDate("2026-05-20 12:00:00");
    await open(1);
    expect(queryAllTexts(".o_social_history section > div")).toEqual([
        "May 12",
        "May 2, 2025",
    ]);
    expect(queryAllTexts(".o_social_history li")).toEqual([
        "Name:Ada<b>Ada L.</b>",
        "About:Bakeremptied",
        "Picture:new",
    ]);
});

test("older changes come page by page", async () => {
    onRpc("social_history", ({args}) => {
        expect.step(args);
        return {
            changes: [change(3, "2025-05-02 08:00:00", "Place", "Bonn", "Köln")],
            next: false,
        };
    });
    await open(1);
    await contains(".o_social_history button").click();
    await animationFrame();
    expect.verifySteps([[[1], 7]]);
    expect(".o_social_history li").toHaveCount(4);
    expect(".o_social_history section").toHaveCount(2);
    expect(".o_social_history button").toHaveCount(0);
});

test("the line of followers has their words", async () => {
    await open(1);
    expect("[name=followers_growth]").toHaveText("+5 in 30 days");
    expect(queryFirst(".o_social_growth polyline").getAttribute("points")).toBe(
        "0,19 50,1 100,10"
    );
});

test("where nothing is known nothing stands", async () => {
    await open(2);
    expect(".o_social_history li").toHaveCount(0);
    expect(".o_social_growth").toHaveCount(0);
});
