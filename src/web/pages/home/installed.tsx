/** What is installed: version, engine, machine, and how many models there are. */
import { Anchor, Group, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { HomeSystemQuery } from '../../api/operations.ts';

export function Installed({
  system,
  models,
}: {
  system: HomeSystemQuery['system'] | undefined;
  /** As words; undefined until it is known. */
  models: string | undefined;
}) {
  return (
    <Group component="dl" m={0} gap="md" align="flex-start">
      <Fact name="Version" width={90}>
        {system?.version}
      </Fact>
      <Fact name="Models" width={110}>
        {models && (
          <Anchor component={Link} href="/models" underline="always" inherit>
            {models}
          </Anchor>
        )}
      </Fact>
      <Fact name="Training engine" width={130}>
        {system?.engine.chosen}
      </Fact>
      <Fact name="Machine" width={300} grow>
        {system?.machine}
      </Fact>
    </Group>
  );
}

/** @param width pixels that are kept for it before it is known, so that nothing moves then */
function Fact({
  name,
  width,
  grow = false,
  children,
}: {
  name: string;
  width: number;
  grow?: boolean;
  children: ReactNode;
}) {
  return (
    <div style={{ flex: `${grow ? 1 : 0} 1 ${width}px` }}>
      <Text component="dt" size="xs">
        {name}
      </Text>
      <Text component="dd" m={0} fw={500} size="sm">
        {children ?? <Skeleton component="span" display="block" height={22} w="70%" />}
      </Text>
    </div>
  );
}
