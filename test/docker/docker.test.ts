/** The images, the compose file and the Kubernetes manifests, held to the code: what they name exists here. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from 's3rver';
import { parse, parseAllDocuments } from 'yaml';
import { openDatabase } from '../../src/storage/database.ts';
import { createDatabase, postgresql } from '../storage/databases.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFile(join(root, path), 'utf8');
const names = await readdir(join(root, 'docker/kubernetes'));
const dockerfiles = ['docker/Dockerfile', 'docker/Dockerfile.gpu'];
const config = await read('src/config.ts');
const cli = await read('src/cli.ts');
const { version, scripts } = JSON.parse(await read('package.json')) as {
  version: string;
  scripts: Record<string, string>;
};

interface Probe {
  httpGet?: { path: string; port: string };
}
interface Container {
  name: string;
  image: string;
  command?: string[];
  env?: { name: string; value: string }[];
  ports: { name: string; containerPort: number }[];
  securityContext: object;
  resources: { limits: Record<string, string> };
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec: {
    template: {
      spec: { securityContext: object; containers: Container[]; terminationGracePeriodSeconds: number };
    };
    triggers: { metadata: { query: string } }[];
    scaleTargetRef: { name: string };
  };
}
interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  deploy: { resources: { limits: { memory: string } } };
}

const manifests = (
  await Promise.all(
    names.map(async (name) =>
      parseAllDocuments(await read(`docker/kubernetes/${name}`)).map(
        (document) => document.toJS() as Manifest,
      ),
    ),
  )
).flat();
const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
const containers = deployments.flatMap(({ spec }) => spec.template.spec.containers);
const composeText = await read('docker/compose.yaml');
const { services } = parse(composeText, { merge: true }) as { services: Record<string, Service> };

/** Of Node, PostgreSQL, TensorFlow and the AWS SDK. */
const known =
  /^(NODE_ENV|DATABASE_URL|POSTGRES_(USER|DB|PASSWORD)|TF_FORCE_GPU_ALLOW_GROWTH|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY))$/;

function expectSetting(variable: string): void {
  if (known.test(variable)) return;
  const key = variable
    .replace('DISTILLERY_', '')
    .toLowerCase()
    .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  expect([variable, config.includes(`\n  ${key}:`)]).toEqual([variable, true]);
}

/** A command of ours, as it starts a container. */
function expectCommand(command: readonly string[]): void {
  const [node, ...rest] = command.filter((word) => !word.startsWith('--max-'));
  expect([node, rest[0]]).toEqual(['node', 'dist/cli.js']);
  expect([rest[1], cli.includes(`.command('${rest[1]}')`)]).toEqual([rest[1], true]);
}

/** A path that the server, or a worker, answers. */
async function expectPath(path: string): Promise<void> {
  const sources = await Promise.all(['src/server.ts', 'src/workerServer.ts'].map(read));
  for (const source of sources) expect([path, source.includes(`'${path}'`)]).toEqual([path, true]);
}

const pinned = /^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?[\w.-]*$/;

describe.each(dockerfiles)('%s', (path) => {
  it('pins its images, runs as nobody special, and starts what there is', async () => {
    const text = await read(path);
    const stages = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(stages).toHaveLength(2);
    for (const image of stages) expect(image).toMatch(pinned);
    expect(text.match(/^FROM node:(\S+)/m)?.[1]).toMatch(/^20\./);
    expect(text.slice(text.lastIndexOf('FROM')).match(/^USER (\S+)/m)?.[1]).toBe('1000');
    const environment = text.match(/^ENV ((.|\\\n)+)/m)![1]!;
    for (const [, variable] of environment.matchAll(/(\w+)=/g)) expectSetting(variable!);
    expectCommand(JSON.parse(text.match(/^CMD (.+)$/m)![1]!) as string[]);
    await expectPath(new URL(text.match(/fetch\('([^']+)'/)![1]!).pathname);
    for (const [, script] of text.matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, copied] of text.matchAll(/^COPY (?!--from)(.+) \S+$/gm))
      for (const source of copied!.split(' ')) await expect(readable(source)).resolves.toBe(true);
    for (const [, tag] of text.matchAll(/-t distillery(?:-gpu)?:(\S+)/g)) expect(tag).toBe(version);
  });
});

const readable = async (path: string) => {
  const ignored = (await read('.dockerignore')).split('\n');
  const there = await readdir(root);
  return there.includes(path.replace('./', '')) && !ignored.includes(path);
};

describe('docker/compose.yaml', () => {
  it('pins, confines and limits every service', () => {
    for (const [name, service] of Object.entries(services)) {
      expect([name, service]).toEqual([
        name,
        expect.objectContaining({
          image: expect.stringMatching(pinned),
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        }),
      ]);
      expect(service.deploy.resources.limits.memory).toMatch(/^\d+[MG]$/);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      if (service.image.startsWith('distillery')) expect(service.image).toMatch(`:${version}`);
    }
  });

  it('asks for every secret, and sets what is a setting', async () => {
    const asked = [...composeText.matchAll(/\$\{(\w+)([^}]*)\}/g)];
    for (const [whole, , otherwise] of asked)
      expect([whole, otherwise]).toEqual([whole, expect.stringMatching(/^:\?/)]);
    const example = (await read('docker/example.env')).match(/^\w+(?==)/gm);
    expect(new Set(asked.map(([, variable]) => variable))).toEqual(new Set(example));
    for (const { environment = {} } of Object.values(services))
      Object.keys(environment).forEach(expectSetting);
  });

  it('starts what there is, and asks a worker where it answers', async () => {
    expectCommand(services.worker!.command!);
    await expectPath(
      new URL(services.worker!.healthcheck!.test.at(-1)!.match(/'(http[^']+)'/)![1]!).pathname,
    );
  });

  it('makes the bucket, and leaves one that is there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'distillery-bucket-'));
    const store = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory });
    const { port } = await store.run();
    try {
      const endpoint = `http://127.0.0.1:${port}`;
      const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
      const [program = '', ...values] = services.bucket!.command!.map((word) => word.replaceAll('$$', '$'));
      const env = {
        PATH: process.env.PATH,
        DISTILLERY_S3_ENDPOINT: endpoint,
        AWS_ACCESS_KEY_ID: 'S3RVER',
        AWS_SECRET_ACCESS_KEY: 'S3RVER',
      };
      for (let time = 0; time < 2; time++) await promisify(execFile)(program, values, { cwd: root, env });
      const client = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
      const { Buckets } = await client.send(new ListBucketsCommand());
      expect(Buckets).toMatchObject([{ Name: 'distillery' }]);
      expect(services.server!.environment!.DISTILLERY_ARTEFACTS).toBe('s3://distillery');
    } finally {
      await store.close();
      await rm(directory, { recursive: true });
    }
  });
});

describe('docker/kubernetes', () => {
  it('lists every manifest', async () => {
    const { resources } = parse(await read('docker/kubernetes/kustomization.yaml')) as {
      resources: string[];
    };
    const optional = ['kustomization.yaml', 'worker-gpu.yaml', 'secret.example.yaml'];
    expect([...resources].sort()).toEqual(
      [...names.filter((name) => !optional.includes(name) && name !== 'secret.yaml'), 'secret.yaml'].sort(),
    );
  });

  it('confines every pod, and gives a run the time for a checkpoint', () => {
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual([
      'server',
      'worker',
      'worker-gpu',
    ]);
    for (const { metadata, spec } of deployments) {
      const { securityContext, terminationGracePeriodSeconds } = spec.template.spec;
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(metadata.name === 'server' ? 30 : 60);
    }
    for (const { image, securityContext, resources } of containers) {
      expect(image).toMatch(pinned);
      expect(image.split(':')[1]).toBe(version);
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(Object.keys(resources.limits)).toEqual(expect.arrayContaining(['cpu', 'memory']));
    }
  });

  it('sets what is a setting, and starts and asks what there is', async () => {
    for (const { data = {}, stringData = {} } of manifests)
      Object.keys({ ...data, ...stringData }).forEach(expectSetting);
    for (const { env = [], command, ports, ...probes } of containers) {
      for (const { name } of env) expectSetting(name);
      if (command) expectCommand(command);
      for (const { httpGet } of [probes.startupProbe, probes.readinessProbe, probes.livenessProbe]) {
        expect(httpGet!.port).toBe(ports[0]!.name);
        await expectPath(httpGet!.path);
      }
    }
  });

  (postgresql ? it : it.skip)('counts the runs that workers are wanted for', async () => {
    const [scaled] = manifests.filter(({ kind }) => kind === 'ScaledObject');
    const { url, drop } = await createDatabase('docker');
    const database = await openDatabase({ dataDirectory: tmpdir(), databaseUrl: url });
    const count = async () => {
      const { rows } = await database.executeSql(scaled!.spec.triggers[0]!.metadata.query);
      return Number(rows[0]?.count);
    };
    try {
      expect(scaled!.spec.scaleTargetRef.name).toBe('worker');
      expect(await count()).toBe(0);
      await database.executeSql(`insert into runs (id, kind, config, state) values
        (gen_random_uuid(), 'student', '{"gpu": false}', 'queued'),
        (gen_random_uuid(), 'student', '{"gpu": true}', 'queued'),
        (gen_random_uuid(), 'benchmark', '{}', 'running'),
        (gen_random_uuid(), 'student', '{}', 'succeeded')`);
      expect(await count()).toBe(2);
    } finally {
      await database.close();
      await drop();
    }
  });
});
