import {Component, onWillUpdateProps, useState} from "@odoo/owl";
import {CheckboxItem} from "@web/core/dropdown/checkbox_item";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {formatDate, deserializeDate, serializeDate, today} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useDebounced} from "@web/core/utils/timing";
import {KINDS, MOODS} from "./social_mention";

const PERIODS = [
    {days: 7, label: _t("Last 7 days")},
    {days: 30, label: _t("Last 30 days")},
    {days: 90, label: _t("Last 90 days")},
    {days: 365, label: _t("Last 365 days")},
];

export const NO_FILTERS = {
    networks: [],
    kinds: [],
    moods: [],
    since: false,
    until: false,
    text: "",
};

/** Search box, filter menus, and the active filters with a way to take each away. */
export class SocialTimelineFilters extends Component {
    static template = "social_crm.SocialTimelineFilters";
    static components = {CheckboxItem, Dropdown};
    static props = {
        filters: Object,
        networks: {type: Array, element: Object},
        onChange: Function,
    };

    setup() {
        this.state = useState({text: this.props.filters.text});
        this.searchLater = useDebounced(() => this.search(), 350);
        onWillUpdateProps(({filters}) => {
            if (filters.text !== this.props.filters.text) {
                this.state.text = filters.text;
            }
        });
    }

    get menus() {
        const menus = [
            {
                name: "networks",
                label: _t("Network"),
                choices: this.props.networks.map(({code, label, icon}) => ({
                    value: code,
                    label,
                    icon,
                })),
            },
            {
                name: "kinds",
                label: _t("Kind"),
                choices: Object.entries(KINDS).map(([value, label]) => ({
                    value,
                    label,
                })),
            },
            {
                name: "moods",
                label: _t("Mood"),
                choices: Object.entries(MOODS).map(([value, {label, icon}]) => ({
                    value,
                    label,
                    icon,
                })),
            },
        ];
        return menus.filter((menu) => menu.choices.length);
    }

    get periods() {
        return PERIODS.map(({days, label}) => {
            const since = serializeDate(today().minus({days}));
            const {filters} = this.props;
            return {since, label, checked: filters.since === since && !filters.until};
        });
    }

    get periodLabel() {
        const {since, until} = this.props.filters;
        const day = (value) => formatDate(deserializeDate(value));
        if (since && until) {
            return _t("%(since)s to %(until)s", {since: day(since), until: day(until)});
        }
        if (until) {
            return _t("Until %s", day(until));
        }
        return (
            this.periods.find((period) => period.checked)?.label ||
            _t("Since %s", day(since))
        );
    }

    /** The active filters as chips: {key, title, label, remove}. */
    get chips() {
        const {filters} = this.props;
        const chips = this.menus.flatMap(({name, label: title, choices}) =>
            filters[name].map((value) => ({
                key: `${name}-${value}`,
                title,
                label: choices.find((choice) => choice.value === value)?.label || value,
                remove: () => this.toggle(name, value),
            }))
        );
        if (filters.since || filters.until) {
            chips.push({
                key: "time",
                title: _t("Time"),
                label: this.periodLabel,
                remove: () => this.change({since: false, until: false}),
            });
        }
        if (filters.text) {
            chips.push({
                key: "text",
                title: _t("Said"),
                label: `“${filters.text}”`,
                remove: () => this.change({text: ""}),
            });
        }
        return chips;
    }

    change(values) {
        this.props.onChange({...this.props.filters, ...values});
    }

    toggle(name, value) {
        const values = this.props.filters[name];
        this.change({
            [name]: values.includes(value)
                ? values.filter((other) => other !== value)
                : [...values, value],
        });
    }

    toggleSince({since, checked}) {
        this.change({since: !checked && since, until: false});
    }

    clear() {
        this.searchLater.cancel();
        this.state.text = "";
        this.props.onChange(NO_FILTERS);
    }

    search() {
        this.searchLater.cancel();
        const text = this.state.text.trim();
        if (text !== this.props.filters.text) {
            this.change({text});
        }
    }

    onSearchKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.search();
        } else if (ev.key === "Escape" && this.state.text) {
            // Else the form would take it for "discard" or close the dialog it is in.
            ev.stopPropagation();
            this.state.text = "";
            this.search();
        }
    }
}
