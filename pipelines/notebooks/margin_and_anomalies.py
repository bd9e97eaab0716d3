"""Margin and anomalies: what calls bring in beyond their purchase, and days on which a number is not itself.

python margin_and_anomalies.py --workspace DIR --period 2026-10 --purchase FOLDER
--purchase is the price list of your carrier (a folder with deck.toml and rates.csv); without one, your own price lists
at 60 % stand in for it, as an example.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Margin and anomalies")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from pipelines.analysis import begin, euros, purchase_list, tell

    analysis = begin(mo.cli_args())
    purchase = purchase_list(analysis, mo.cli_args().get("purchase"))
    return alt, analysis, euros, mo, purchase, tell


@app.cell
def _(analysis, mo, purchase):
    # Bought without bundles: a carrier bills each call.
    analysis.what_if("bought", instead=purchase.instead, allowance_percent=0)
    mo.md(
        f"# {analysis.period}: margin and anomalies\n\n"
        f"Purchase by {purchase.name}, without bundles. Amounts are euros without VAT. "
        "Calls that it has no price for are left out of the margin and counted."
    )
    return


@app.cell
def _(analysis, tell):
    margins = analysis.ask("""
        select
            call_type_nl,
            count(*) as calls,
            count(*) filter (bought.charge_micro_eur is null) as without_purchase_price,
            coalesce(sum(sold.charge_eur) filter (bought.charge_micro_eur is not null), 0) as sold_eur,
            coalesce(sum(bought.charge_micro_eur), 0)::bigint * 0.000001 as bought_eur,
            sold_eur - bought_eur as margin_eur
        from mart.fct_rated_call as sold
        join scratch.bought using (call_id)
        join mart.dim_call_type on dim_call_type.call_type = sold.call_type
        where sold.period = $period and is_billable and sold.direction = 'out'
        group by all
        order by margin_eur, call_type_nl
    """)
    tell("margin by call type", margins)
    return (margins,)


@app.cell
def _(alt, euros, margins, mo):
    _chart = (
        alt.Chart(euros(margins), title="Margin by call type; below zero is loss, or paid for by a bundle")
        .mark_bar()
        .encode(
            x=alt.X("margin_eur:Q", title="EUR"),
            y=alt.Y("call_type_nl:N", title=None, sort="-x", axis=alt.Axis(labelLimit=260)),
            color=alt.condition("datum.margin_eur < 0", alt.value("#c44"), alt.value("#4a7")),
            tooltip=["call_type_nl", "calls", "sold_eur", "bought_eur", "margin_eur", "without_purchase_price"],
        )
        .properties(width="container", height=alt.Step(20))
    )
    mo.vstack([_chart, mo.ui.table(margins, selection=None)])
    return


@app.cell
def _(analysis, mo, tell):
    losses = analysis.ask("""
        select
            customer_name,
            sold.destination,
            count(*) as calls,
            sum(sold.charge_eur) as sold_eur,
            sum(bought.charge_micro_eur)::bigint * 0.000001 as bought_eur,
            readable(sum(sold.in_bundle_quantity), sold.service) as in_bundle
        from mart.fct_rated_call as sold
        join scratch.bought using (call_id)
        join mart.dim_customer on dim_customer.customer_id = sold.customer_id
        where sold.period = $period and is_billable and bought.charge_micro_eur is not null and sold.direction = 'out'
        group by customer_name, sold.destination, sold.service
        having sold_eur < bought_eur
        order by bought_eur - sold_eur desc, customer_name, destination
        limit 20
    """)
    tell("bought for more than sold", losses)
    mo.vstack([mo.md("## Bought for more than sold"), mo.ui.table(losses, selection=None)])
    return


@app.cell
def _(alt, analysis, euros, mo, tell):
    unusual = analysis.ask("from unusual_days($period)")
    tell("unusual days", unusual)
    daily = analysis.ask("""
        select own_number, answered_on, sum(charge_eur) as charge_eur
        from mart.fct_usage_day
        where period = $period and own_number in (select own_number from unusual_days($period))
        group by all
        order by all
    """)
    _chart = (
        alt.Chart(euros(daily), title="Numbers with days that are not like their others")
        .mark_line(point=True)
        .encode(
            x=alt.X("answered_on:T", title=None, axis=alt.Axis(format="%-d")),
            y=alt.Y("charge_eur:Q", title="EUR a day"),
            color=alt.Color("own_number:N", title=None),
            tooltip=["own_number", "answered_on:T", "charge_eur"],
        )
        .properties(width="container", height=220)
    )
    mo.vstack([_chart, mo.ui.table(unusual, selection=None)] if unusual.height else [mo.md("No unusual days.")])
    return


if __name__ == "__main__":
    app.run()
