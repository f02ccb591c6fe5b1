/** The Dockerfile for servers of users: what it copies, what it runs, and as whom. No container engine is needed. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join, matchesGlob, resolve } from 'node:path';
import { deploymentObject } from '../../src/cli/manifests/workload.ts';
import { rawEndpoint } from '../../src/server/index.ts';
import { deployedWith, factsAbout } from '../cli/manifests/deployed.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const textOf = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const DOCKERFILE = textOf('examples/image/Dockerfile');

interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** Returns the instructions of a Dockerfile. @throws Error for a line that is none */
function instructionsOf(text: string): Instruction[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', value = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      if (name === '') throw new Error(`no instruction: ${line}`);
      return { name, value };
    });
}

/** Returns the instructions of each stage, which begins with FROM. */
function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const one of instructions) {
    if (one.name === 'FROM') stages.push([]);
    stages.at(-1)?.push(one);
  }
  return stages;
}

const instructions = instructionsOf(DOCKERFILE);
const stages = stagesOf(instructions);
const [dependencies = [], server = []] = stages;
const valueOf = (stage: readonly Instruction[], name: string): string | undefined =>
  stage.findLast((one) => one.name === name)?.value;

describe('the Dockerfile', () => {
  it('has two stages on the exact version of Node.js that the tests run with', () => {
    const { devDependencies } = JSON.parse(textOf('package.json')) as { devDependencies: Record<string, string> };
    expect(instructions[0]).to.deep.equal({
      name: 'ARG',
      value: `NODE_IMAGE=node:${devDependencies['node']}-bookworm-slim`,
    });
    expect(stages.map((stage) => stage[0]?.value)).to.deep.equal(['${NODE_IMAGE} AS dependencies', '${NODE_IMAGE}']);
  });

  it('installs exactly the locked production dependencies, without their scripts', () => {
    const runs = instructions.filter(({ name }) => name === 'RUN');
    expect(runs.map(({ value }) => value)).to.deep.equal(['npm ci --omit=dev --ignore-scripts --no-audit --no-fund']);
    expect(dependencies.map(({ name }) => name)).to.deep.equal(['FROM', 'WORKDIR', 'COPY', 'RUN']);
    expect(server.filter(({ name }) => name === 'COPY').map(({ value }) => value)).to.deep.equal([
      '--from=dependencies /app/node_modules ./node_modules',
      '. .',
    ]);
  });

  it('has files of root, and ends as the user of the manifests', async () => {
    expect(DOCKERFILE).to.not.match(/--chown|chmod|^ADD/m);
    const { pod } = await podOf();
    expect(valueOf(server, 'USER')).to.equal(`${pod?.securityContext?.runAsUser}:${pod?.securityContext?.runAsGroup}`);
    const last = server.findLastIndex(({ name }) => name === 'COPY' || name === 'RUN');
    expect(server.findIndex(({ name }) => name === 'USER')).to.be.above(last);
  });

  it('starts node without a shell, with the command and the port of the manifests', async () => {
    const { command, ports } = (await podOf()).container ?? {};
    const entry = JSON.parse(valueOf(server, 'ENTRYPOINT') ?? '') as string[];
    const args = JSON.parse(valueOf(server, 'CMD') ?? '') as string[];
    expect([...entry, ...args]).to.deep.equal(command);
    expect(valueOf(server, 'EXPOSE')).to.equal(String(ports?.[0]?.containerPort));
  });
});

describe('docs/deploying.md', () => {
  it('shows the Dockerfile unchanged', () => {
    const [, shown] =
      /<!-- examples\/image\/Dockerfile -->\n```dockerfile\n([^]*?)```/.exec(textOf('docs/deploying.md')) ?? [];
    expect(shown).to.equal(DOCKERFILE);
  });
});

describe('the .dockerignore of the image', () => {
  const patterns = textOf('examples/image/.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const isSent = (path: string): boolean => {
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    return !patterns.some((pattern) => parents.some((parent) => matchesGlob(parent, pattern)));
  };

  for (const path of ['server.ts', 'rows/pods.ts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    it(`sends ${path}`, () => expect(isSent(path)).to.equal(true));
  }
  for (const path of [
    'node_modules/kubefacet/package.json',
    'rows/pods.test.ts',
    '.git/config',
    '.kubefacet/demo.kubeconfig',
    'server.kubeconfig',
    'kubeconfig',
    '.env',
    'config/.env.local',
    'tls.key',
    'certificates/ca.crt',
    'tasks.db-wal',
  ]) {
    it(`does not send ${path}`, () => expect(isSent(path)).to.equal(false));
  }
});

/** Returns the pod of the manifests, and its container. */
async function podOf() {
  const raw = rawEndpoint({ path: '/a', paths: { '': { GET: () => undefined } } });
  const facts = await factsAbout(() => ({ apis: [{ group: 'a.example', version: 'v1', resources: [raw] }] }));
  const pod = deploymentObject(deployedWith(), facts).spec?.template.spec;
  return { pod, container: pod?.containers[0] };
}
