/** Which words moved a model's decision: asked for on a click, then kept up to date with the text. */
import { Button, Group, Loader, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { percent } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import { Failure } from '../../components/states.tsx';
import { EffectTable } from './effectTable.tsx';
import { EffectWords } from './effectWords.tsx';
import { wordGroups } from './occlusion.ts';
import { useWordEffects } from './useWordEffects.ts';

/** Pixels of the table of a usual text, so that little moves when it comes. */
const tableHeight = 380;

export function WordEffects({
  text,
  isValid,
  names,
  preferred,
  limits,
}: {
  text: string;
  /** Whether the text can be classified at all. */
  isValid: (text: string) => boolean;
  names: readonly string[];
  /** The model to explain where none was chosen here; a fast one, since it answers about every word. */
  preferred: string | undefined;
  limits: { readonly textsPerRequest: number; readonly bodyBytes: number };
}) {
  const [opened, setOpened] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const model = chosen !== null && names.includes(chosen) ? chosen : preferred;
  const open = opened && isValid(text) && model !== undefined;
  const { explanation, error, fetching, done, retry } = useWordEffects({
    text,
    model,
    open,
    isValid,
    limits,
  });
  return (
    <Section
      title="Which words moved the decision"
      aside={
        fetching && (
          <Group gap="xs">
            {done > 0 && (
              <Text size="sm" className="numeric">
                {percent(done, 0)}
              </Text>
            )}
            <Loader size="xs" aria-label="Asking about the words" />
          </Group>
        )
      }
    >
      <Stack gap="md">
        <Text c="dimmed" size="sm">
          Each word is left out in turn, and the model is asked again: what changes is what the word did. In
          long reviews several words in a row are left out at once.
        </Text>
        <Group align="flex-end" gap="sm">
          <Select
            label="Model to explain"
            data={[...names]}
            value={model ?? null}
            onChange={setChosen}
            allowDeselect={false}
            disabled={names.length === 0}
          />
          <Button
            variant={opened ? 'default' : 'filled'}
            disabled={!opened && (!isValid(text) || model === undefined)}
            aria-expanded={opened}
            onClick={() => setOpened(!opened)}
          >
            {opened ? 'Hide the words' : 'Show the words'}
          </Button>
        </Group>
        {open && error && <Failure error={error} onRetry={retry} />}
        {open && !error && wordGroups(text).length < 2 && (
          <Text size="sm">With a single word there is nothing left to compare with: write at least two.</Text>
        )}
        {open && !error && !explanation && wordGroups(text).length > 1 && (
          // The text as it is now, without colours until they are known.
          <Stack gap="md" aria-busy="true">
            <EffectWords text={text} effects={[]} />
            <Skeleton height={tableHeight} />
          </Stack>
        )}
        {open && explanation && (
          <Stack gap="md">
            <EffectWords text={explanation.text} effects={explanation.effects} />
            <EffectTable {...explanation} />
          </Stack>
        )}
      </Stack>
    </Section>
  );
}
