import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const PAUSE = 1500;
const PATIENCE = 120000;

/** Show the inbox, say that we fetch, and show the first posts when they are there. */
async function fetching(env, action) {
    const {action: actions, notification} = env.services;
    const close = notification.add(
        _t(
            "The first posts appear here within a minute. What was said so far counts as done; what is new will wait for you."
        ),
        {title: _t("Fetching now"), type: "info", sticky: true}
    );
    const {inbox, feed_ids} = action.params;
    await actions.doAction(inbox, {clearBreadcrumbs: true});
    const controller = actions.currentController?.jsId;
    const feeds = await fetched(env, feed_ids);
    close();
    const error = feeds.find((feed) => feed.last_error)?.last_error;
    if (error) {
        notification.add(error, {type: "danger", sticky: true});
    }
    if (controller === actions.currentController?.jsId) {
        await actions.doAction("soft_reload");
    }
}

/** Wait until each stream was fetched once, or says why not; return them. */
async function fetched({services}, ids) {
    const end = Date.now() + PATIENCE;
    let feeds = [];
    do {
        await new Promise((resolve) => browser.setTimeout(resolve, PAUSE));
        feeds = await services.orm.silent.read("social.crm.feed", ids, [
            "last_error",
            "last_success_at",
        ]);
    } while (
        Date.now() < end &&
        !feeds.every((feed) => feed.last_success_at || feed.last_error)
    );
    return feeds;
}

registry.category("actions").add("social_crm_fetching", async (env, action) => {
    // Not awaited: the button that started it has done its work.
    fetching(env, action);
});
