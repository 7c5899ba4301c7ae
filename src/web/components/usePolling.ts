/** Looks again every so often, while the page can be seen. */
import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useRef } from 'react';

/** @param ms between two looks */
export function usePolling(look: () => void, ms: number): void {
  const visible = useDocumentVisibility() === 'visible';
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    if (!visible) return;
    const timer = setInterval(() => latest.current(), ms);
    return () => clearInterval(timer);
  }, [ms, visible]);
}
