"""What if: a month rated with another price list, call by call beside what was charged.

python what_if.py --workspace DIR --period 2026-10 --deck FOLDER (takes the place of the price list of its name), or
--percent 10 (all prices so much higher). The rating is the program's own; nothing is stored.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="What if")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from pipelines.analysis import begin, euros, other_lists, percentage, tell

    analysis = begin(mo.cli_args())
    return alt, analysis, euros, mo, other_lists, percentage, tell


@app.cell
def _(mo, percentage):
    percent = mo.ui.slider(
        -50,
        100,
        step=1,
        value=percentage(mo.cli_args(), "percent", 10, -50, 100),
        label="all prices so many percent higher (when no --deck is given)",
        show_value=True,
    )
    return (percent,)


@app.cell
def _(analysis, mo, other_lists, percent):
    others = other_lists(analysis, mo.cli_args().get("deck"), percent.value)
    mo.vstack(
        [
            mo.md(
                f"# {analysis.period}: what if?\n\n{others.name}. "
                "Amounts are euros without VAT; bundles are drawn anew by both."
            ),
            percent,
        ]
    )
    return (others,)


@app.cell
def _(analysis, others, tell):
    analysis.what_if("now")
    analysis.what_if("other", instead=others.instead)
    totals = analysis.ask("""
        select
            count(*) as calls,
            count(*) filter (other.charge_micro_eur is distinct from now.charge_micro_eur) as calls_that_change,
            count(*) filter (other.charge_micro_eur is null and now.charge_micro_eur is not null) as without_a_price,
            sum(now.charge_micro_eur)::bigint * 0.000001 as now_eur,
            sum(other.charge_micro_eur)::bigint * 0.000001 as other_eur
        from scratch.now
        join scratch.other using (call_id)
    """)
    tell(f"{others.name}: in all", totals)
    return (totals,)


@app.cell
def _(mo, totals):
    _all = totals.row(0, named=True)
    mo.hstack(
        [
            mo.stat(f"{_all['now_eur']:,.2f}", label="now, EUR", bordered=True),
            mo.stat(f"{_all['other_eur']:,.2f}", label="otherwise, EUR", bordered=True),
            mo.stat(f"{_all['calls_that_change']:,}", label=f"of {_all['calls']:,} calls change", bordered=True),
            mo.stat(f"{_all['without_a_price']:,}", label="would lose their price", bordered=True),
        ],
        widths="equal",
    )
    return


@app.cell
def _(alt, analysis, euros, mo, tell):
    customers = analysis.ask("""
        select
            now.customer_id,
            customer_name,
            sum(now.charge_micro_eur)::bigint * 0.000001 as now_eur,
            sum(other.charge_micro_eur)::bigint * 0.000001 as other_eur,
            other_eur - now_eur as change_eur
        from scratch.now
        join scratch.other using (call_id)
        join mart.dim_customer on dim_customer.customer_id = now.customer_id
        group by now.customer_id, customer_name
        order by abs(change_eur) desc, now.customer_id
    """)
    tell("by customer", customers)
    _chart = (
        alt.Chart(euros(customers.head(25)), title="Change by customer")
        .mark_bar()
        .encode(
            x=alt.X("change_eur:Q", title="EUR a month"),
            y=alt.Y("customer_name:N", title=None, sort="-x", axis=alt.Axis(labelLimit=260)),
            color=alt.condition("datum.change_eur > 0", alt.value("#4a7"), alt.value("#c44")),
            tooltip=["customer_id", "customer_name", "now_eur", "other_eur", "change_eur"],
        )
        .properties(width="container", height=alt.Step(20))
    )
    mo.vstack([_chart, mo.ui.table(customers, selection=None)])
    return


@app.cell
def _(analysis, mo, tell):
    calls = analysis.ask("""
        select
            now.own_number,
            now.call_type,
            now.destination,
            now.quantity,
            now.charge_micro_eur * 0.000001 as now_eur,
            other.charge_micro_eur * 0.000001 as other_eur,
            other.deck as other_deck,
            other.prefix as other_prefix,
            call_id
        from scratch.now
        join scratch.other using (call_id)
        where other.charge_micro_eur is distinct from now.charge_micro_eur
        order by abs(coalesce(other.charge_micro_eur, 0) - coalesce(now.charge_micro_eur, 0)) desc, call_id
        limit 20
    """)
    tell("calls that change most", calls)
    mo.vstack([mo.md("## Calls that change most"), mo.ui.table(calls, selection=None)])
    return


if __name__ == "__main__":
    app.run()
