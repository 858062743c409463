import {Deferred, beforeEach, describe, expect, test} from "@odoo/hoot";
import {queryAllTexts, waitFor} from "@odoo/hoot-dom";
import {advanceTime, animationFrame, mockDate} from "@odoo/hoot-mock";
import {
    startBusService,
    waitForChannels,
    waitNotifications,
} from "@bus/../tests/bus_test_helpers";
import {Thread} from "@mail/core/common/thread_model";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    MockServer,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

const waiting = (id, values = {}) => ({
    id,
    name: "Ada Lovelace",
    network: "Mastodon",
    icon: "fa-bullhorn",
    private: false,
    mood: "negative",
    quote: `words ${id}`,
    since: "2026-03-01 09:00:00",
    ...values,
});

class Lead extends models.Model {
    _name = "crm.lead";
    _inherit = ["mail.thread"];

    name = fields.Char();
    social_now = fields.Json();
    social_handles = fields.Json();

    _records = [
        {
            id: 1,
            name: "Ten chairs",
            social_now: {open: 1, total: 4, conversations: [waiting(7)]},
            social_handles: [
                {
                    id: 3,
                    handle: "@ada<b>",
                    name: "Ada",
                    network: "Mastodon",
                    icon: "fa-bullhorn",
                    basis: "Set by a user",
                },
            ],
        },
        {id: 2, name: "A desk"},
    ];
}

defineMailModels();
defineModels([Lead]);

const ARCH = `
    <form>
        <sheet>
            <div name="button_box" class="oe_button_box">
                <button name="open" type="object" class="oe_stat_button"
                    invisible="not social_now">
                    <field name="social_now" widget="social_crm_stat"/>
                </button>
            </div>
            <field name="name"/>
            <field name="social_handles" widget="social_crm_handles"
                options="{'add': True}"/>
            <field name="social_now" widget="social_crm_now"/>
        </sheet>
        <chatter/>
    </form>`;

const mountLead = (resId) =>
    mountView({type: "form", resModel: "crm.lead", resId, arch: ARCH});

/** Somebody spoke: the server knows, and tells. */
async function speak(resId, now, payload = {lead_ids: [resId]}) {
    MockServer.env["crm.lead"].write([resId], {social_now: now});
    MockServer.env["bus.bus"]._sendone("social", "social_crm.mentions", payload);
    await waitNotifications(["social_crm.mentions", payload]);
    await advanceTime(1000);
    await animationFrame();
}

async function listen() {
    await startBusService();
    getService("bus_service").addChannel("social");
    await waitForChannels(["social"]);
}

beforeEach(() => mockDate("2026-03-01 12:00:00"));

test("who waits stands on the button, above the messages and on the page", async () => {
    await mountLead(1);
    expect(".oe_stat_button .o_stat_value").toHaveText("1 open");
    expect(".o_social_now_item").toHaveCount(1);
    expect(".o_social_now_quote").toHaveText("words 7");
    expect(".o_social_banner").toHaveCount(1);
    await waitFor(".o_social_banner:contains(Send message)");
    const [banner] = queryAllTexts(".o_social_banner");
    expect(banner).toInclude("Ada Lovelace waits on Mastodon");
    expect(banner).toInclude("3 hours ago");
    expect(banner).toInclude("Public");
    expect(banner).toInclude("reaches no customer: no e-mail is known");
});

test("a name cannot turn our sentence round, nor write into it", async () => {
    const name = "Ada \u202E<b>x</b>";
    Lead._records[0].social_now.conversations = [waiting(7, {name})];
    await mountLead(1);
    expect(".o_social_banner bdi").toHaveText(name);
    expect(".o_social_banner b").toHaveCount(0);
});

test("a handle is text, and leads to the profile", async () => {
    const actions = [];
    mockService("action", {doAction: (action) => actions.push(action)});
    await mountLead(1);
    expect(".o_social_tag bdi").toHaveText("@ada<b>");
    await contains(".o_social_tag").click();
    await contains(".o_social_banner button").click();
    expect(actions.map((action) => [action.res_model, action.res_id])).toEqual([
        ["social.crm.identity", 3],
        ["social.crm.conversation", 7],
    ]);
});

test("nobody waits: nothing is in the way", async () => {
    await mountLead(2);
    expect(".o_social_banner").toHaveCount(0);
    expect(".o_social_now_item").toHaveCount(0);
    expect(".oe_stat_button").toHaveCount(0);
});

test("who answered is not said to wait", async () => {
    Lead._records[0].social_now = {
        open: 1,
        total: 1,
        conversations: [waiting(7, {since: false})],
    };
    await mountLead(1);
    expect(".o_social_banner").toHaveCount(0);
    expect(".o_social_now_item").toHaveText(/Ada Lovelace spoke on Mastodon/);
});

test("a message goes by e-mail to whom it says", async () => {
    const known = new Deferred();
    patchWithCleanup(Thread.prototype, {
        async fetchThreadData() {
            await known;
            this.suggestedRecipients = [{email: "ada@example.com", name: "Ada"}];
        },
    });
    await mountLead(1);
    expect(queryAllTexts(".o_social_banner")[0]).not.toInclude("Send message");
    known.resolve();
    await animationFrame();
    expect(queryAllTexts(".o_social_banner")[0]).toInclude(
        "goes by e-mail to ada@example.com, not to Mastodon"
    );
});

test("the form follows the news, and keeps what is being typed", async () => {
    await mountLead(2);
    await listen();
    await contains(".o_field_widget[name=name] input").edit("A big desk");
    await speak(2, {open: 1, total: 1, conversations: [waiting(9)]});
    expect(".oe_stat_button .o_stat_value").toHaveText("1 open");
    expect(".o_social_banner").toHaveCount(1);
    expect(".o_field_widget[name=name] input").toHaveValue("A big desk");
    expect(".o_form_button_save").toBeVisible();
    await speak(2, {open: 0, total: 1, conversations: []});
    expect(".oe_stat_button .o_stat_value").toHaveText("1");
    expect(".o_social_banner").toHaveCount(0);
});

test("news of others cost nothing", async () => {
    await mountLead(1);
    await listen();
    onRpc("crm.lead", "web_read", () => expect.step("read"));
    await speak(1, false, {lead_ids: [2], partner_ids: [77]});
    expect(".oe_stat_button .o_stat_value").toHaveText("1 open");
    expect.verifySteps([]);
});

test("a profile is pasted, refused in words, added, and nothing typed is lost", async () => {
    onRpc("crm.lead", "social_add_profile", ({args}) => {
        expect.step(args);
        if (args[1] === "ann") {
            throw makeServerError({message: "This is no profile."});
        }
        MockServer.env["crm.lead"].write([2], {
            social_handles: [
                {id: 8, handle: "@ann@x", name: "", network: "M", icon: "", basis: ""},
            ],
        });
        return "Ann";
    });
    await mountLead(2);
    await contains(".o_field_widget[name=name] input").edit("A big desk");
    await contains(".o_social_add").click();
    await contains(".o_social_paste input").edit("ann", {confirm: "Enter"});
    await animationFrame();
    expect(".o_social_paste [role=alert]").toHaveText("This is no profile.");
    await contains(".o_social_paste_stop").click();
    expect(".o_social_paste").toHaveCount(0);
    await contains(".o_social_add").click();
    expect(".o_social_paste_add").not.toBeEnabled();
    // A phone has no Enter key that says what it does.
    await contains(".o_social_paste input").edit("@ann@x", {confirm: false});
    await contains(".o_social_paste_add").click();
    await animationFrame();
    expect(".o_social_tag bdi").toHaveText("@ann@x");
    expect(".o_social_paste").toHaveCount(0);
    expect(".o_field_widget[name=name] input").toHaveValue("A big desk");
    expect.verifySteps([
        [[2], "ann"],
        [[2], "@ann@x"],
    ]);
});
