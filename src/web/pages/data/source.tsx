/** Where a dataset comes from; an address in it can be followed. */
import { Anchor, Text } from '@mantine/core';

export function Source({ text }: { text: string }) {
  const [before, address, after] = text.split(/(https:\/\/\S+)/u, 3);
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      {before}
      {address && (
        <Anchor href={address} rel="noreferrer" underline="always" inherit>
          {address}
        </Anchor>
      )}
      {after}
    </Text>
  );
}
