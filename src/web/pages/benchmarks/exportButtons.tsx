/** What can be taken away from a benchmark: its link, its report and its chart. */
import { Button, CopyButton, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconDownload, IconLink } from '@tabler/icons-react';
import { download } from '../../api/client.ts';
import { benchmarkCsv, saveText } from './benchmarkCsv.ts';
import { hasTail, type BenchmarkReport } from './report.ts';

export function LinkButton() {
  return (
    <CopyButton value={location.href}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          leftSection={copied ? <IconCheck size={16} /> : <IconLink size={16} />}
          onClick={copy}
        >
          {copied ? 'Copied' : 'Copy link'}
        </Button>
      )}
    </CopyButton>
  );
}

/** Downloads, and tells where that failed. */
export function save(path: string, fileName: string): void {
  download(path, fileName).catch((error: unknown) =>
    notifications.show({
      color: 'red',
      title: 'That did not work',
      message: error instanceof Error ? error.message : 'The server does not answer. Is it running?',
    }),
  );
}

export function ExportMenu({ id, report }: { id: string; report: BenchmarkReport }) {
  const name = `benchmark-${id.slice(0, 8)}`;
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => save(`/benchmarks/${id}/report.json`, `${name}.json`)}>
          Report (JSON)
        </Menu.Item>
        <Menu.Item onClick={() => saveText(benchmarkCsv(report), `${name}.csv`, 'text/csv')}>
          Table (CSV)
        </Menu.Item>
        {hasTail(report) && (
          <Menu.Item onClick={() => save(`/benchmarks/${id}/curve.svg`, `${name}-curve.svg`)}>
            Latency under load (SVG)
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
