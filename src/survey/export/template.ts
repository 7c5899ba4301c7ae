/** HTML of which every value is escaped, unless it is HTML already. */
import { escaped } from '../../charts/escaped.ts';

export class Html {
  constructor(readonly text: string) {}
}

export type Content = Html | string | number | readonly Content[];

/** A template's own text is HTML, and so are values made by it; all others are text. */
export function markup(parts: TemplateStringsArray, ...values: Content[]): Html {
  const [first = '', ...rest] = parts;
  return new Html(first + rest.map((part, i) => textOf(values[i]!) + part).join(''));
}

function textOf(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content));
  return content.map(textOf).join('');
}
