/** A model's name as a link to its card. */
import { Anchor } from '@mantine/core';
import { Link } from 'wouter';

export const modelPath = (reference: string): string => `/models/${encodeURIComponent(reference)}`;

export function ModelLink({ reference, name = reference }: { reference: string; name?: string }) {
  return (
    <Anchor component={Link} href={modelPath(reference)} underline="always" fw={500} inherit>
      {name}
    </Anchor>
  );
}
