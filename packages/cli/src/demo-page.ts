import type { DemoJob, DemoSummary } from './demo-summary.ts';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222 }
  h2 { margin: 2.5rem 0 .5rem }
  .jobs { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.25rem }
  figure { margin: 0 }
  .pair { position: relative; --at: 50%; touch-action: none }
  .pair img { display: block; width: 100%; border-radius: 4px }
  .after { background: repeating-conic-gradient(#ddd 0 25%, #fff 0 50%) 0 0 / 20px 20px; border-radius: 4px }
  .before { position: absolute; inset: 0; clip-path: inset(0 calc(100% - var(--at)) 0 0) }
  .before img { height: 100% }
  .pair input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize }
  .pair::after { content: ''; position: absolute; inset: 0 auto 0 var(--at); border-left: 2px solid #fff; mix-blend-mode: difference; pointer-events: none }
  figcaption { color: #666; font-size: 13px }
  .failed { color: #b00 }
`;

/** `index.html`: every result under its source, with a slider between them. Opens without a server. */
export function renderPage({ jobs, batching, wallMs }: DemoSummary): string {
  const operations = [...new Set(jobs.map(({ operation }) => operation))];
  const sections = operations.map((operation) => {
    const own = jobs.filter((job) => job.operation === operation);
    const model = own[0]?.modelName ?? '';
    const batch = batching[model]?.meanBatch ?? 0;
    return `<h2>${escape(operation)}</h2>
<p>Model ${escape(model)}, mean batch ${batch}.${operation === 'bg-remove' ? ' Best effort: the built-in model is small.' : ''}</p>
<div class="jobs">${own.map(renderJob).join('\n')}</div>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>imagen demo</title>
<style>${STYLE}</style>
<h1>imagen demo</h1>
<p>${jobs.length} jobs in ${(wallMs / 1000).toFixed(1)} s. Drag over a picture: source on the left, result on the right.</p>
${sections.join('\n')}
</html>
`;
}

function renderJob(job: DemoJob): string {
  if (job.result === null) {
    return `<figure><img src="${escape(job.source)}" width="100%" alt="source"><figcaption class="failed">${escape(job.error ?? 'failed')}</figcaption></figure>`;
  }
  return `<figure>
<div class="pair">
<div class="after"><img src="${escape(job.result)}" alt="result"></div>
<div class="before"><img src="${escape(job.source)}" alt="source"></div>
<input type="range" min="0" max="100" value="50" aria-label="source or result" oninput="this.parentNode.style.setProperty('--at', this.value + '%')">
</div>
<figcaption><a href="${escape(job.result)}">${escape(job.result)}</a>, ${job.widthPx} × ${job.heightPx}, ${job.tiles} tiles, ${Math.round(job.durationMs)} ms</figcaption>
</figure>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
