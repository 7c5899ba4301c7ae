/** What can be taken away from a benchmark: its report, its table and its chart. */
import { Button, Menu } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { save } from '../../components/share.tsx';
import { benchmarkCsv, saveText } from './benchmarkCsv.ts';
import { hasTail, type BenchmarkReport } from './report.ts';

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
