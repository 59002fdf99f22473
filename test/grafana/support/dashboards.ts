import { readdirSync, readFileSync } from 'node:fs';
import type { DashboardFile, PanelFile } from '../../../grafana/panel-queries.ts';

const FOLDER = new URL('../../../grafana/dashboards/', import.meta.url);

/** The dashboards as they are checked in. */
export const DASHBOARDS: readonly DashboardFile[] = readdirSync(FOLDER).map(
  (file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as DashboardFile,
);

/** The panels that are no rows, each with a name for people. */
export const PANELS: readonly (readonly [name: string, panel: PanelFile])[] = DASHBOARDS.flatMap(
  ({ uid, panels }) =>
    panels
      .filter(({ type }) => type !== 'row')
      .map((panel) => [`${uid}: ${panel.title}`, panel] as const),
);
