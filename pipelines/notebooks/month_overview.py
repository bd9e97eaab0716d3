"""Month overview: what was used, charged and invoiced, by day, customer and call type.

python month_overview.py --workspace DIR --period 2026-10 prints the figures; marimo run month_overview.py shows them.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Month overview")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from pipelines.analysis import begin, euros, tell

    analysis = begin(mo.cli_args())
    return alt, analysis, euros, mo, tell


@app.cell
def _(analysis, mo):
    release = analysis.ask("select release_id, run_on from meta.release").row(0)
    mo.md(
        f"# {analysis.period}: what was used, charged and invoiced\n\n"
        f"Release {release[0]} of {release[1]}. Amounts are euros without VAT."
    )
    return


@app.cell
def _(analysis, mo, tell):
    totals = analysis.ask("""
        select
            sum(calls)::bigint as calls,
            count(distinct own_number) as numbers,
            count(distinct customer_id) as customers,
            sum(charge_eur) as charge_eur,
            (select sum(amount_eur) from mart.fct_invoice_line where billing_period = $period) as invoiced_eur,
            (select count(*) from report.suspense where billing_period = $period) as waiting,
            (select count(*) from mart.fct_reconciliation where not is_balanced) as not_tied_out
        from mart.fct_usage_day
        where period = $period
    """)
    tell(f"{analysis.period} in all", totals)
    all_of_it = totals.row(0, named=True)
    mo.hstack(
        [
            mo.stat(f"{all_of_it['charge_eur']:,.2f}", label="charges, EUR", bordered=True),
            mo.stat(f"{all_of_it['invoiced_eur'] or 0:,.2f}", label="invoiced with fees, EUR", bordered=True),
            mo.stat(f"{all_of_it['calls']:,}", label="calls, sms, data", bordered=True),
            mo.stat(f"{all_of_it['numbers']:,}", label="numbers used", bordered=True),
            mo.stat(f"{all_of_it['waiting']:,}", label="without a price", bordered=True),
        ],
        widths="equal",
    )
    return


@app.cell
def _(alt, analysis, euros, tell):
    days = analysis.ask("""
        select
            answered_on,
            case when is_holiday then 'holiday' when is_weekend then 'weekend' else 'working day' end as kind_of_day,
            sum(calls)::bigint as calls,
            sum(charge_eur) as charge_eur
        from mart.fct_usage_day
        join mart.dim_date on date_on = answered_on
        where period = $period
        group by all
        order by answered_on
    """)
    tell("by day", days)
    (
        alt.Chart(euros(days), title="Charges by day")
        .mark_bar()
        .encode(
            x=alt.X("date(answered_on):O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("charge_eur:Q", title="EUR"),
            color=alt.Color(
                "kind_of_day:N",
                title=None,
                scale=alt.Scale(domain=["working day", "weekend", "holiday"], range=["#47a", "#abc", "#e93"]),
            ),
            tooltip=["answered_on:T", "kind_of_day", "calls", "charge_eur"],
        )
        .properties(width="container", height=220)
    )
    return


@app.cell
def _(alt, analysis, euros, tell):
    customers = analysis.ask("select * from top_klanten(n := 15, maand := $period)")
    tell("customers", customers)
    (
        alt.Chart(euros(customers), title="Customers by charges")
        .mark_bar()
        .encode(
            x=alt.X("charge_eur:Q", title="EUR"),
            y=alt.Y("customer_name:N", title=None, sort="-x", axis=alt.Axis(labelLimit=260)),
            tooltip=["customer_id", "customer_name", "calls", "charge_eur"],
        )
        .properties(width="container", height=alt.Step(20))
    )
    return


@app.cell
def _(alt, analysis, euros, tell):
    call_types = analysis.ask("""
        select call_type_group, call_type_nl, sum(calls)::bigint as calls, sum(charge_eur) as charge_eur
        from mart.fct_usage_day
        join mart.dim_call_type using (call_type)
        where period = $period
        group by all
        order by charge_eur desc, call_type_nl
    """)
    tell("by call type", call_types)
    (
        alt.Chart(euros(call_types.filter(call_types["charge_eur"] > 0)), title="Charges by call type")
        .mark_bar()
        .encode(
            x=alt.X("charge_eur:Q", title="EUR"),
            y=alt.Y("call_type_nl:N", title=None, sort="-x", axis=alt.Axis(labelLimit=260)),
            color=alt.Color("call_type_group:N", title=None, scale=alt.Scale(scheme="tableau10")),
            tooltip=["call_type_nl", "calls", "charge_eur"],
        )
        .properties(width="container", height=alt.Step(20))
    )
    return


if __name__ == "__main__":
    app.run()
