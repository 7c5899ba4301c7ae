/** Something long that is drawn only once it is opened. */
import { Accordion } from '@mantine/core';
import { useState, type ReactNode } from 'react';

/** Becomes part of an id, so it holds no spaces. */
const content = 'content';

export function Fold({
  title,
  children,
  open = false,
}: {
  title: string;
  /** Called only while open, so that a large table costs nothing before. */
  children: () => ReactNode;
  open?: boolean;
}) {
  const [value, setValue] = useState<string | null>(open ? content : null);
  return (
    <Accordion variant="contained" value={value} onChange={setValue}>
      <Accordion.Item value={content}>
        <Accordion.Control>{title}</Accordion.Control>
        <Accordion.Panel>{value === content ? children() : null}</Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
