/** A table that scrolls sideways where the page is narrow, with the keyboard too. */
import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export function Scroll({
  label,
  minWidth,
  maxHeight,
  children,
}: {
  /** What the table shows. */
  label: string;
  minWidth: number;
  maxHeight?: number;
  children: ReactNode;
}) {
  return (
    <Table.ScrollContainer
      type="native"
      minWidth={minWidth}
      tabIndex={0}
      className="scroll"
      role="group"
      aria-label={label}
      {...(maxHeight !== undefined && { mah: maxHeight, style: { overflow: 'auto' } })}
    >
      {children}
    </Table.ScrollContainer>
  );
}
