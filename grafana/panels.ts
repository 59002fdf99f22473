import * as common from '@grafana/grafana-foundation-sdk/common';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as statPanel from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

/** What a panel shows. */
export interface PanelPlan {
  readonly title: string;
  /** What a bad value means, and what to do then. */
  readonly says: string;
  /** A unit of Grafana's, e.g. `s`, `percentunit`, `suffix: jobs/s`. */
  readonly unit: string;
  /** Legend, in which `{{label}}` is a label's value → PromQL. */
  readonly queries: Readonly<Record<string, string>>;
  /** Columns of 24. Default: 8 for a chart, 6 for a figure. */
  readonly columns?: number;
  /** Upper end of the axis. */
  readonly max?: number;
}

/** The data source that is chosen above the dashboard. */
export const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' };

const CHART_ROWS = 8;
const FIGURE_ROWS = 4;

/** Lines over time. */
export function chart(plan: PanelPlan): Builder<Panel> {
  return described(new timeseries.PanelBuilder(), plan)
    .height(CHART_ROWS)
    .span(plan.columns ?? 8)
    .fillOpacity(10)
    .showPoints(common.VisibilityMode.Never)
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
}

/** Areas over time, one on top of the other. */
export function stack(plan: PanelPlan): Builder<Panel> {
  return described(new timeseries.PanelBuilder(), plan)
    .height(CHART_ROWS)
    .span(plan.columns ?? 8)
    .fillOpacity(50)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'))
    .showPoints(common.VisibilityMode.Never)
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
}

/** What is now, large. */
export function figure(plan: PanelPlan): Builder<Panel> {
  return described(new statPanel.PanelBuilder(), plan, (query) => query.instant())
    .height(FIGURE_ROWS)
    .span(plan.columns ?? 6)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .noValue('–');
}

type Query = prometheus.DataqueryBuilder;

/** What the panels of both kinds have in common. */
interface AnyPanel {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  min(min: number): this;
  max(max: number): this;
  datasource(source: typeof DATA_SOURCE): this;
  withTarget(query: Builder<prometheus.Dataquery>): this;
}

function described<P extends AnyPanel>(
  panel: P,
  plan: PanelPlan,
  over: (query: Query) => Query = (query) => query.range(),
): P {
  panel.title(plan.title).description(plan.says).unit(plan.unit).datasource(DATA_SOURCE);
  if (plan.max !== undefined) panel.min(0).max(plan.max);
  for (const [index, [legend, expr]] of Object.entries(plan.queries).entries()) {
    const refId = String.fromCodePoint('A'.codePointAt(0)! + index);
    const query = new prometheus.DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend);
    panel.withTarget(over(query).datasource(DATA_SOURCE));
  }
  return panel;
}
