// Decodes a source and encodes a result, by sharp alone and with the worker's settings, again and again, as many at a time
// as a worker has jobs; prints what one takes in milliseconds of CPU. Started by worker-cpu.ts, which gives its arguments:
// two files, a format, how many at a time, how often.
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { sharp } from '../packages/worker/src/image/libvips.ts';
import { encode } from '../packages/worker/src/image/encode.ts';
import type { Picture } from '../packages/worker/src/image/picture.ts';

const [source = '', result = '', format = '', atOnce = '', times = ''] = process.argv.slice(2);
const [sourceBytes, resultBytes] = [await readFile(source), await readFile(result)];
const picture = await open(resultBytes);
await all();
const before = process.cpuUsage();
for (let n = 0; n < Number(times); n++) await all();
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${(user + system) / 1000 / Number(atOnce) / Number(times)}\n`);

async function all(): Promise<void> {
  await Promise.all(Array.from({ length: Number(atOnce) }, once));
}

async function once(): Promise<void> {
  await sharp(sourceBytes).raw().toBuffer();
  await encode(picture, { format: format === 'png' ? 'png' : 'jpeg' });
}

async function open(bytes: Buffer): Promise<Picture> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const size = { widthPx: info.width, heightPx: info.height };
  const rgb = { data, ...size, channels: 3 as const };
  if (format !== 'png') return { rgb };
  const alpha = await sharp(bytes).extractChannel(3).raw().toBuffer();
  return { rgb, alpha: { data: alpha, ...size, channels: 1 } };
}
