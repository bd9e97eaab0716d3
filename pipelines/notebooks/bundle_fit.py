"""Bundle fit: whose bundle is too small or too large, and what other bundles would have changed on the bill.

python bundle_fit.py --workspace DIR --period 2026-10 --allowance 150 (bundles of 150 % of what they are).
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Bundle fit")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from pipelines.analysis import begin, euros, percentage, tell

    analysis = begin(mo.cli_args())
    return alt, analysis, euros, mo, percentage, tell


@app.cell
def _(mo, percentage):
    allowance = mo.ui.slider(
        0,
        400,
        step=25,
        value=percentage(mo.cli_args(), "allowance", 150, 0, 400),
        label="what if every bundle were so many percent of what it is",
        show_value=True,
    )
    return (allowance,)


@app.cell
def _(allowance, analysis, mo):
    mo.vstack(
        [
            mo.md(f"# {analysis.period}: do the bundles fit?\n\nAmounts are euros without VAT, fees not counted."),
            allowance,
        ]
    )
    return


@app.cell
def _(analysis, tell):
    fits = analysis.ask("from bundle_fit($period) order by verdict = 'too small' desc, verdict, pool_id")
    tell("fit", fits)
    readable = analysis.ask("""
        select
            customer_name,
            bundle_name_nl as bundle,
            split_part(pool_id, '@', 2) as of,
            verdict,
            used_percent,
            readable(allowance, service) as allowance,
            readable(used, service) as used,
            readable(over, service) as over
        from bundle_fit($period)
        order by verdict = 'too small' desc, used_percent desc, pool_id
    """)
    return (readable,)


@app.cell
def _(alt, mo, readable):
    _chart = (
        alt.Chart(readable.head(60), title="How much of each bundle was used")
        .transform_calculate(label="datum.customer_name + ', ' + datum.bundle + ' (' + datum.of + ')'")
        .mark_bar()
        .encode(
            x=alt.X("used_percent:Q", title="percent of the allowance", scale=alt.Scale(domain=[0, 100])),
            y=alt.Y("label:N", title=None, sort="-x", axis=alt.Axis(labelLimit=400)),
            color=alt.Color(
                "verdict:N",
                title=None,
                scale=alt.Scale(
                    domain=["too small", "fits", "too large", "not over"], range=["#c44", "#4a7", "#89b", "#bbb"]
                ),
            ),
            tooltip=["customer_name", "bundle", "allowance", "used", "over", "verdict"],
        )
        .properties(width="container", height=alt.Step(14))
    )
    mo.vstack([_chart, mo.ui.table(readable.filter(readable["verdict"] != "fits"), selection=None)])
    return


@app.cell
def _(allowance, analysis, tell):
    analysis.what_if("now")
    analysis.what_if("other", allowance_percent=allowance.value)
    bills = analysis.ask("""
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
        having change_eur <> 0
        order by change_eur, now.customer_id
    """)
    tell(f"charges with bundles of {allowance.value} %", bills)
    return (bills,)


@app.cell
def _(allowance, alt, bills, euros, mo):
    _chart = (
        alt.Chart(euros(bills), title=f"Change of charges with bundles of {allowance.value} %")
        .mark_bar()
        .encode(
            x=alt.X("change_eur:Q", title="EUR a month"),
            y=alt.Y("customer_name:N", title=None, sort="x", axis=alt.Axis(labelLimit=260)),
            color=alt.condition("datum.change_eur > 0", alt.value("#c44"), alt.value("#4a7")),
            tooltip=["customer_id", "customer_name", "now_eur", "other_eur", "change_eur"],
        )
        .properties(width="container", height=alt.Step(20))
    )
    mo.vstack([_chart, mo.ui.table(bills, selection=None)] if bills.height else [mo.md("Nobody's charges change.")])
    return


if __name__ == "__main__":
    app.run()
