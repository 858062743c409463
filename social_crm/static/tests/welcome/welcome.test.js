import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {press, queryAllTexts, queryFirst} from "@odoo/hoot-dom";
import {animationFrame, Deferred} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    makeServerError,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {SocialExamples} from "@social_crm/welcome/examples";
import {SocialWelcome} from "@social_crm/welcome/welcome";

describe.current.tags("desktop");
defineMailModels();

const OFFER = {
    show: true,
    may_connect: false,
    may_load_examples: false,
    examples: false,
    servers: ["town.example", "sky.example"],
    reads_addresses: true,
};
const POST = {
    key: "https://far.example/1",
    author: "<b>Carol</b>",
    handle: "@carol@far.example",
    title: "",
    text: "<img src=x> is quiet",
    language: "en",
    url: "https://far.example/@carol/1",
    published_at: "2026-03-01 10:00:00",
    date: "3/1/26, 10:00 AM",
};
const SOURCE = {
    label: "#acme on Mastodon",
    network: "mastodon",
    network_label: "Mastodon",
    icon: "fa-comments",
    kind: "hashtag",
    query: "acme",
    base_url: "https://town.example",
    error: "",
    needs_login: false,
    posts: [POST, {...POST, key: "2", url: "javascript:alert(1)"}],
};

let offer, found, asked;

beforeEach(() => {
    offer = {...OFFER};
    found = {name: "Acme", sources: [SOURCE]};
    asked = [];
    onRpc("social.crm.look", "welcome", () => offer);
    onRpc("social.crm.look", "look", async ({args}) => {
        asked.push(args[0]);
        return found;
    });
});

async function look(name = "Acme") {
    await contains("#o_social_look_name").edit(name, {confirm: false});
    await press("Enter");
    await animationFrame();
    await animationFrame();
}

test("type, press Enter, see posts as text", async () => {
    await mountWithCleanup(SocialWelcome);
    expect("#o_social_look_name").toBeFocused();
    expect("label[for=o_social_look_name]").toHaveText("What do people call you?");
    expect("#o_social_look_hint").toHaveText(/town\.example, sky\.example/);
    await look();
    expect(asked).toEqual(["Acme"]);
    expect(".o_social_look_status").toHaveText("2 posts about “Acme”");
    expect(".o_social_look_card").toHaveCount(2);
    expect(".o_social_look_text:first").toHaveText("<img src=x> is quiet");
    expect(".o_social_look_card:first bdi:first").toHaveText("<b>Carol</b>");
    expect(".o_social_welcome img").toHaveCount(0);
    expect(".o_social_look_card a").toHaveCount(1);
    expect(".o_social_look_card a").toHaveAttribute(
        "rel",
        "noopener noreferrer nofollow"
    );
    expect(".o_social_look_connect").toHaveCount(0);
    expect(".o_social_look_source header").toHaveText(/Ask a Social Administrator/);
});

test("who is asked is said, a typed website too", async () => {
    await mountWithCleanup(SocialWelcome);
    expect("#o_social_look_hint").toHaveText(
        /to: town\.example, sky\.example\..* website/
    );
});

test("where no website is asked, none is named", async () => {
    offer.reads_addresses = false;
    await mountWithCleanup(SocialWelcome);
    expect("#o_social_look_hint").toHaveText(/to: town\.example/);
    expect("#o_social_look_hint").not.toHaveText(/website/);
});

test("where only websites are asked, that is said", async () => {
    offer.servers = [];
    await mountWithCleanup(SocialWelcome);
    expect("#o_social_look_hint").toHaveText(/Only an address is read/);
});

test("an administrator connects what was found", async () => {
    offer.may_connect = true;
    mockService("action", {
        doAction(action, options) {
            expect.step([action, options.additionalContext]);
        },
    });
    await mountWithCleanup(SocialWelcome);
    await look();
    await contains(".o_social_look_connect").click();
    expect.verifySteps([
        [
            "social_crm.social_crm_connect_action",
            {
                default_network: "mastodon",
                default_base_url: "https://town.example",
                default_kind: "hashtag",
                default_query: "acme",
            },
        ],
    ]);
});

test("a source that fails says so; where a login helps, it can be connected", async () => {
    offer.may_connect = true;
    const dead = {...SOURCE, posts: [], error: "town.example is down."};
    const closed = {...dead, error: "Log in first.", needs_login: true};
    const silent = {...dead, error: ""};
    found.sources = [dead, closed, silent, SOURCE];
    await mountWithCleanup(SocialWelcome);
    await look();
    expect(queryAllTexts(".o_social_look_error")).toEqual([
        "town.example is down.",
        "Log in first.",
    ]);
    expect(".o_social_look_source:eq(0) .o_social_look_connect").toHaveCount(0);
    expect(".o_social_look_source:eq(1) .o_social_look_connect").toHaveCount(1);
    expect(".o_social_look_source:eq(2)").toHaveText(/Nobody said anything/);
    expect(".o_social_look_card").toHaveCount(2);
});

test("nothing found says what to try", async () => {
    found.sources = [{...SOURCE, posts: []}];
    await mountWithCleanup(SocialWelcome);
    await look();
    expect(".o_social_look_status").toHaveText(/Try another spelling/);
});

test("busy while it looks; a second Enter asks nothing", async () => {
    const answer = new Deferred();
    onRpc("social.crm.look", "look", async () => {
        expect.step("look");
        await answer;
        return found;
    });
    await mountWithCleanup(SocialWelcome);
    await look();
    expect(".o_social_look_button").toHaveAttribute("aria-busy", "true");
    expect(".o_social_look_button").not.toBeEnabled();
    expect(".o_social_look_status").toHaveText(/Looking around/);
    queryFirst("form").requestSubmit();
    await animationFrame();
    answer.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_social_look_button").toBeEnabled();
    expect(".o_social_look_card").toHaveCount(2);
    expect.verifySteps(["look"]);
});

test("an error is a sentence", async () => {
    onRpc("social.crm.look", "look", () => {
        throw makeServerError({message: "Wait a moment.", type: "UserError"});
    });
    await mountWithCleanup(SocialWelcome);
    await look();
    expect("[role=alert]").toHaveText("Wait a moment.");
    expect(".o_social_look_button").toBeEnabled();
});

test("examples are offered, loaded, and lead to the inbox", async () => {
    offer.may_load_examples = true;
    onRpc("social.crm.examples", "action_load", () => {
        expect.step("load");
        return "They are here.";
    });
    mockService("action", {doAction: (action) => expect.step(action)});
    await mountWithCleanup(SocialWelcome);
    await contains(".o_social_examples_load").click();
    await animationFrame();
    expect.verifySteps(["load", "social_crm.social_crm_conversation_action_inbox"]);
    expect(".o_social_examples").toHaveCount(0);
});

test("examples say what they are and go again", async () => {
    Object.assign(offer, {may_load_examples: true, examples: true});
    onRpc("social.crm.examples", "action_remove", () => {
        expect.step("remove");
        return "Gone.";
    });
    mockService("action", {doAction: (action) => expect.step(action)});
    await mountWithCleanup(SocialExamples);
    expect(".o_social_examples").toHaveText(/These are examples/);
    await contains(".o_social_examples_remove").click();
    await animationFrame();
    expect.verifySteps(["remove", "soft_reload"]);
});

test("who may not remove them is only told; without examples there is nothing", async () => {
    offer.examples = true;
    await mountWithCleanup(SocialExamples);
    expect(".o_social_examples").toHaveCount(1);
    expect(".o_social_examples button").toHaveCount(0);
    offer = {...OFFER, may_load_examples: true};
    await mountWithCleanup(SocialExamples);
    expect(".o_social_examples_offer").toHaveCount(0, {
        message: "above the inbox nothing is offered",
    });
});
