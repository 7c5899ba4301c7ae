/** What can be done with a model: try it, measure it, take it along, make an int8 model of it. */
import { Alert, Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChartDots, IconDownload, IconMessage2, IconScale } from '@tabler/icons-react';
import { useState } from 'react';
import { useMutation } from 'urql';
import { Link, useLocation } from 'wouter';
import { download, messageOf } from '../../api/client.ts';
import { ModelQuantizeDocument, type ModelCardFragment } from '../../api/operations.ts';

export function ModelActions({ model }: { model: ModelCardFragment }) {
  const { reference, name, version, precision, downloadPath } = model;
  const [, navigate] = useLocation();
  const [loading, setLoading] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [{ fetching }, quantize] = useMutation(ModelQuantizeDocument);
  const asked = encodeURIComponent(reference);

  const save = async () => {
    setLoading(true);
    setFailure(null);
    try {
      await download(downloadPath, `${name}-${version}.tar`);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'The download failed.');
    }
    setLoading(false);
  };
  const startQuantizing = async () => {
    setFailure(null);
    const { data, error } = await quantize({ input: { model: reference } });
    if (error) setFailure(messageOf(error));
    if (!data) return;
    notifications.show({ title: 'The run is queued', message: `It makes an int8 model of ${reference}.` });
    navigate(`/runs/${data.quantizeModel.id}`);
  };

  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="sm">
        <Button
          component={Link}
          href={`/playground?models=${asked}`}
          leftSection={<IconMessage2 size={16} aria-hidden />}
        >
          Try it
        </Button>
        <Button
          component={Link}
          href={`/benchmarks?models=${asked}`}
          variant="default"
          leftSection={<IconChartDots size={16} aria-hidden />}
        >
          Benchmark
        </Button>
        {precision === 'FLOAT32' && (
          <Button
            variant="default"
            leftSection={<IconScale size={16} aria-hidden />}
            loading={fetching}
            onClick={() => void startQuantizing()}
          >
            Quantise to int8
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={loading}
          onClick={() => void save()}
        >
          Download
        </Button>
      </Group>
      {failure && (
        <Alert color="red" variant="light" role="alert" p="xs">
          {failure}
        </Alert>
      )}
    </Stack>
  );
}
