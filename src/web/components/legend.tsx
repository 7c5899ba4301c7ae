/** Which line or shape of a chart means what; a press hides it, or shows it again. */
import { Text, UnstyledButton } from '@mantine/core';
import type { Series } from './plot.ts';
import { shapes } from './symbols.ts';

type Entry = Pick<Series, 'name' | 'colour' | 'symbol' | 'line'>;

/** Dashes of a line in pixels, in the legend as in the chart. */
export const dashesOf = (line: Series['line']): number[] =>
  line === 'dashed' || line === 'steps' ? [6, 4] : [];

export function Legend({
  entries,
  hidden,
  onToggle,
}: {
  entries: readonly Entry[];
  hidden?: ReadonlySet<string>;
  /** Without it the legend only tells. */
  onToggle?: (name: string) => void;
}) {
  // The first of a name stands for all of it.
  const named = [...new Map(entries.toReversed().map((entry) => [entry.name, entry])).values()].toReversed();
  return (
    <ul className="legend" aria-label="Legend">
      {named.map((entry) => {
        const off = hidden?.has(entry.name) ?? false;
        const words = (
          <>
            <Swatch entry={entry} />
            <Text span size="sm" td={off ? 'line-through' : undefined} c={off ? 'dimmed' : undefined}>
              {entry.name}
            </Text>
          </>
        );
        return (
          <li key={entry.name}>
            {onToggle ? (
              <UnstyledButton aria-pressed={!off} onClick={() => onToggle(entry.name)}>
                {words}
              </UnstyledButton>
            ) : (
              words
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Swatch({ entry: { colour, symbol, line } }: { entry: Entry }) {
  const width = line ? 28 : 12;
  return (
    <svg width={width} height={12} aria-hidden>
      {line && (
        <line
          x1={0}
          x2={width}
          y1={6}
          y2={6}
          stroke={colour}
          strokeWidth={2}
          strokeDasharray={dashesOf(line).join(' ')}
        />
      )}
      {symbol && <path d={shapes[symbol].path} fill={colour} transform={`translate(${width / 2 - 6} 0)`} />}
    </svg>
  );
}
