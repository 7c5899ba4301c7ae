/** Reads a file that was chosen and has the server look at it; nothing is stored by that. */
import { useCallback, useEffect, useState } from 'react';
import { useClient, type CombinedError } from 'urql';
import { DataCheckDocument, type DataCheckQuery, type DatasetFormat } from '../../api/operations.ts';
import { fits } from './uploadFile.ts';

export type Check = DataCheckQuery['checkDataset'];

export interface UploadState {
  readonly content: string | null;
  readonly check: Check | undefined;
  readonly error: CombinedError | undefined;
  /** The file cannot go through a request, or cannot be read. */
  readonly refusal: 'TOO_LARGE' | 'UNREADABLE' | null;
  readonly busy: boolean;
  readonly retry: () => void;
}

const empty = {
  content: null as string | null,
  check: undefined as Check | undefined,
  error: undefined as CombinedError | undefined,
  refusal: null as UploadState['refusal'],
  busy: false,
};

export function useUpload(file: File | null, format: DatasetFormat, bodyBytes: number): UploadState {
  const client = useClient();
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState(empty);

  useEffect(() => {
    if (file === null) return void setState(empty);
    // Not even read: it may be larger than the browser's memory.
    if (file.size > bodyBytes) return void setState({ ...empty, refusal: 'TOO_LARGE' });
    let stale = false;
    const look = async () => {
      setState({ ...empty, busy: true });
      const content = await file.text().catch(() => null);
      if (stale) return;
      if (content === null) return setState({ ...empty, refusal: 'UNREADABLE' });
      if (!fits(content, bodyBytes)) return setState({ ...empty, refusal: 'TOO_LARGE' });
      const { data, error } = await client
        .query(DataCheckDocument, { input: { content, format } }, { requestPolicy: 'network-only' })
        .toPromise();
      if (!stale) setState({ ...empty, content, check: data?.checkDataset, error });
    };
    void look();
    return () => {
      stale = true;
    };
  }, [client, file, format, bodyBytes, attempt]);

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  return { ...state, retry };
}
