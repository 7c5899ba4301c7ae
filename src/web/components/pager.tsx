/** Pages of a list, one at a time: the cursors of those that were passed, and the buttons between them. */
import { Button, Group } from '@mantine/core';
import { useState } from 'react';

export interface Pager {
  /** Where the page that is shown begins; null for the first. */
  readonly after: string | null;
  readonly isFirst: boolean;
  newer(): void;
  older(endCursor: string | null): void;
}

export function usePager(): Pager {
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  return {
    after: cursors.at(-1) ?? null,
    isFirst: cursors.length === 1,
    newer: () => setCursors(cursors.slice(0, -1)),
    older: (endCursor) => setCursors([...cursors, endCursor]),
  };
}

/** Nothing where all is on one page. */
export function PagerButtons({
  pager,
  pageInfo: { hasNextPage, endCursor },
}: {
  pager: Pager;
  pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}) {
  if (pager.isFirst && !hasNextPage) return null;
  return (
    <Group>
      <Button variant="default" disabled={pager.isFirst} onClick={pager.newer}>
        Newer
      </Button>
      <Button variant="default" disabled={!hasNextPage} onClick={() => pager.older(endCursor)}>
        Older
      </Button>
    </Group>
  );
}
