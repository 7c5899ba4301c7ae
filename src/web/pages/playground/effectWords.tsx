/** The review, each word coloured by what it did to the answer. */
import { Group, Paper, Text, useComputedColorScheme } from '@mantine/core';
import { Fragment } from 'react';
import { effectColours, effectText } from './effects.ts';
import type { WordEffect } from './occlusion.ts';

/** Effects below this share of the largest are left without colour: they would only be noise. */
const faintest = 0.06;

export function EffectWords({ text, effects }: { text: string; effects: readonly WordEffect[] }) {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  // Darker tints would not leave enough contrast to light letters.
  const strongest = scheme === 'dark' ? 45 : 55;
  const largest = Math.max(...effects.map(({ effect }) => Math.abs(effect)), 1e-9);
  return (
    <>
      <Paper withBorder p="md">
        <Text component="div" lh={2} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {effects.map(({ start, end, effect, words }, index) => {
            const share = Math.abs(effect) / largest;
            const colour = effect > 0 ? effectColours.positive : effectColours.negative;
            return (
              <Fragment key={start}>
                {text.slice(effects[index - 1]?.end ?? 0, start)}
                <span
                  title={`${words}: ${effectText(effect)}`}
                  style={
                    share < faintest
                      ? undefined
                      : {
                          backgroundColor: `color-mix(in srgb, ${colour} ${(strongest * share).toFixed(0)}%, transparent)`,
                          // The line tells the direction to those who do not tell the colours apart.
                          borderBottom: `2px ${effect > 0 ? 'solid' : 'dashed'} ${colour}`,
                          borderRadius: 3,
                          padding: '1px 2px',
                        }
                  }
                >
                  {text.slice(start, end)}
                </span>
              </Fragment>
            );
          })}
          {text.slice(effects.at(-1)?.end ?? 0)}
        </Text>
      </Paper>
      <Group gap="lg" mt="xs">
        <Key direction="positive" line="solid" />
        <Key direction="negative" line="dashed" />
      </Group>
    </>
  );
}

function Key({ direction, line }: { direction: 'positive' | 'negative'; line: 'solid' | 'dashed' }) {
  const colour = effectColours[direction];
  return (
    <Group gap={6}>
      <span
        aria-hidden
        style={{
          width: 28,
          height: 16,
          backgroundColor: `color-mix(in srgb, ${colour} 40%, transparent)`,
          borderBottom: `2px ${line} ${colour}`,
          borderRadius: 3,
        }}
      />
      <Text size="sm">toward {direction}</Text>
    </Group>
  );
}
