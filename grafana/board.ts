import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { DATA_SOURCE } from './panels.ts';

/** What a dashboard shows. */
export interface BoardPlan {
  /** For ever: links of people point at it. */
  readonly uid: string;
  readonly title: string;
  /** The question it answers. */
  readonly says: string;
  readonly variables: readonly (keyof typeof VARIABLES)[];
  /** Title of a row → its panels. */
  readonly rows: Readonly<Record<string, readonly Builder<dashboard.Panel>[]>>;
}

const VARIABLES = {
  operation: 'label_values(imagen_slots, operation)',
  model: 'label_values(nv_inference_count, model)',
};

/** On every dashboard, by which they find each other. */
const TAG = 'imagen';

/** Builds one. Its panels have no ids: Grafana numbers them as it loads them. */
export function board({ uid, title, says, variables, rows }: BoardPlan): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(says)
    .tags([TAG])
    .timezone('browser')
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link({ build: () => LINK_TO_OTHERS })
    .withVariable(
      new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    );
  for (const name of variables) builder.withVariable(choice(name));
  for (const [row, panels] of Object.entries(rows)) {
    builder.withRow(new dashboard.RowBuilder(row));
    for (const panel of panels) builder.withPanel(panel);
  }
  return builder.build();
}

const LINK_TO_OTHERS: dashboard.DashboardLink = {
  title: 'imagen',
  type: dashboard.DashboardLinkType.Dashboards,
  icon: 'external link',
  tooltip: '',
  tags: [TAG],
  asDropdown: false,
  targetBlank: false,
  includeVars: true,
  keepTime: true,
};

function choice(name: keyof typeof VARIABLES): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(name)
    .label(name)
    .datasource(DATA_SOURCE)
    .query(VARIABLES[name])
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' });
}
