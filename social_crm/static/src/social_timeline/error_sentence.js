import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError, RPCError} from "@web/core/network/rpc";

/**
 * Say in words what went wrong. Errors that are no answer of a server are a mistake in
 * the code: they go on to the error service.
 *
 * @param {Error} error
 * @returns {string}
 */
export function errorSentence(error) {
    if (error instanceof ConnectionLostError) {
        return _t("The server cannot be reached. Check your connection and try again.");
    }
    if (!(error instanceof RPCError)) {
        throw error;
    }
    // Only messages written for people: others are a line of Python.
    if (error.exceptionName?.startsWith("odoo.exceptions.")) {
        return error.data.message;
    }
    return _t("The server could not answer. Try again in a moment.");
}
