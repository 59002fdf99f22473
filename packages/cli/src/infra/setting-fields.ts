import type { Settings } from './resources.ts';

/** How one setting of an API message is shown and changed. */
export interface SettingField<Message> {
  /** In plans. */
  readonly word: string;
  /** The message's field that holds it. */
  readonly field: keyof Message & string;
  /** True: nothing changes it but deleting the resource. */
  readonly isFixed?: true;
  /** Undefined: nothing is said about it. */
  readonly show: (message: Message) => string | undefined;
}

/** All that a message says, in words. */
export function describe<Message>(
  fields: readonly SettingField<Message>[],
  message: Message,
): Settings {
  const shown = fields.map(({ word, show }) => [word, show(message)] as const);
  return Object.fromEntries(shown.filter(([, text]) => text !== undefined)) as Settings;
}

/** The API's names of settings that may be changed in place. */
export function fieldsOf<Message>(
  fields: readonly SettingField<Message>[],
  words: readonly string[],
): (keyof Message & string)[] {
  const changed = fields.filter(({ word }) => words.includes(word));
  return [...new Set(changed.map(({ field }) => field))];
}

/** A time for people. */
export function showSeconds(seconds: number): string {
  return seconds > 0 && seconds % 86_400 === 0 ? `${seconds / 86_400} d` : `${seconds} s`;
}
