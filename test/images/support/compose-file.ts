import { parse } from 'yaml';
import { text } from '../../support/repository.ts';

/** Every Dockerfile, from the root. */
export const DOCKERFILES = ['Dockerfile', 'triton/Dockerfile', 'triton/cpu.Dockerfile'] as const;

/** The images that a Dockerfile's arguments default to: argument → image. */
export function baseImages(path: string): Map<string, string> {
  const found = text(path).matchAll(/^ARG (\w+_IMAGE)=(\S+)/gm);
  return new Map([...found].map(([, name = '', image = '']) => [name, image]));
}

/** A service of docker-compose.yml, its anchors and merges resolved. */
export interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly mem_limit?: string;
  readonly profiles?: readonly string[];
}

/** The services of docker-compose.yml. */
export function services(): readonly (readonly [string, Service])[] {
  const { services: all } = parse(text('docker-compose.yml'), { merge: true }) as {
    services: Record<string, Service>;
  };
  return Object.entries(all);
}
