const SHOWN_LINES = 30;
/** Said by every server without a GPU. */
const NOISE = /CudaDriverHelper|Unable to allocate pinned system memory/;

/**
 * The lines of a tritonserver log that say why it failed: errors with the lines that belong to them (tracebacks); without
 * any, the last lines.
 */
export function relevantLines(log: string): string {
  const lines = log.trimEnd().split('\n');
  let isError = false;
  const errors = lines.filter((line) => {
    if (/^[IWE]\d{4} |^error: /.test(line)) isError = /^E\d|^error/.test(line) && !NOISE.test(line);
    return isError;
  });
  const shown = (errors.length > 0 ? errors : lines).slice(-SHOWN_LINES).join('\n');
  return shown.replaceAll(String.raw`\n`, '\n  ');
}
