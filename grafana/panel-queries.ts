/** A dashboard as it is checked in, as far as it is read here. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelFile[];
}

/** A panel of one; a row has no targets. */
export interface PanelFile {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly max?: number;
      readonly custom?: { readonly stacking?: { readonly mode: string } };
    };
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** One query of a panel. */
export interface PanelQuery {
  /** Dashboard and panel, as people know them. */
  readonly panel: string;
  /** PromQL without Grafana's variables. */
  readonly expr: string;
  /** What a line is called: `{{label}}` is a label's value. */
  readonly legend: string;
}

/** Everything that a dashboard asks, over all operations and models. @param window what rates are taken over, e.g. `1m` */
export function queriesOf({ uid, panels }: DashboardFile, window: string): PanelQuery[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      panel: `${uid}: ${title}`,
      legend: legendFormat,
      expr: withoutVariables(expr, window),
    })),
  );
}

/** Puts values in the places of Grafana's variables. */
export function withoutVariables(expr: string, window: string): string {
  return expr
    .replaceAll(/\$__(rate_interval|range)/g, window)
    .replaceAll(/\$(operation|model)/g, '.*');
}
