/** Where the review is written, or one of the examples taken. */
import { Button, Group, Stack, Textarea } from '@mantine/core';
import { count } from '../../components/format.ts';
import { examples } from './examples.ts';

export function ReviewInput({
  text,
  limit,
  onChange,
}: {
  text: string;
  /** Characters. */
  limit: number;
  onChange: (text: string) => void;
}) {
  const tooLong = text.length > limit;
  return (
    <Stack gap="sm">
      <Textarea
        label="Review"
        placeholder="Write or paste a review of a film"
        value={text}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        autosize
        minRows={4}
        maxRows={14}
        error={tooLong ? `At most ${count(limit)} characters can be classified.` : undefined}
        description={`${count(text.length)} / ${count(limit)} characters`}
      />
      <Group gap={6} role="group" aria-label="Example reviews">
        {examples.map((example) => (
          <Button
            key={example.name}
            size="compact-sm"
            variant="default"
            onClick={() => onChange(example.text)}
          >
            {example.name}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
