/** Takes a file that is dropped on it, or chosen with its button. */
import { Button, FileButton, Paper, Stack, Text } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useState, type DragEvent } from 'react';
import { bytes } from '../../components/format.ts';

export function DropArea({
  file,
  bodyBytes,
  onFile,
}: {
  file: File | null;
  bodyBytes: number;
  onFile: (file: File) => void;
}) {
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent, inside: boolean) => {
    event.preventDefault();
    setOver(inside);
  };
  const drop = (event: DragEvent) => {
    drag(event, false);
    const [dropped] = event.dataTransfer.files;
    if (dropped) onFile(dropped);
  };
  return (
    <Paper
      withBorder
      p="lg"
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={drop}
      style={{
        borderStyle: 'dashed',
        ...(over && { borderColor: 'var(--mantine-primary-color-filled)' }),
      }}
      data-testid="drop-area"
    >
      <Stack align="center" gap="xs">
        <IconFileUpload size={32} stroke={1.5} aria-hidden />
        <Text size="sm" ta="center" style={{ overflowWrap: 'anywhere' }}>
          {file ? (
            <>
              <strong>{file.name}</strong>, {bytes(file.size)}
            </>
          ) : (
            <>Drop a CSV or JSONL file of up to {bytes(bodyBytes)} here</>
          )}
        </Text>
        <FileButton
          onChange={(chosen) => chosen && onFile(chosen)}
          accept=".csv,.jsonl,.ndjson,text/csv"
          inputProps={{ 'aria-label': 'File of reviews', tabIndex: -1 }}
        >
          {(props) => (
            <Button variant="default" {...props}>
              {file ? 'Choose another file' : 'Choose a file'}
            </Button>
          )}
        </FileButton>
      </Stack>
    </Paper>
  );
}
