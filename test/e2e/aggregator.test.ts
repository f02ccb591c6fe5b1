/** Tests of the demo's projections of pods behind the aggregator of a real cluster, with kubectl. */
import { expect } from 'chai';
import { join } from 'node:path';
import { installedKubectls, installedPython, JSONPATH_WAIT_SINCE } from '../support/installed-clients.ts';
import { type DemoServer, demoServer } from './demo-server.ts';
import { RunningKubectl, RunningProcess, recreateNamespace } from './kubectl.ts';
import { NAMESPACE, pod } from './objects.ts';

describe('the demo behind a real aggregator', () => {
  let kubeConfig: string;
  let run: DemoServer['run'];
  let apply: DemoServer['apply'];
  const setPhase = (name: string, phase: string): Promise<string> =>
    run(
      '-n',
      NAMESPACE,
      'patch',
      'pod',
      name,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { phase } }),
    );

  before(async function () {
    const demo = await demoServer();
    if (demo === undefined) return this.skip();
    ({ kubeConfig, run, apply } = demo);
    await recreateNamespace(kubeConfig, NAMESPACE);
    // Pods need the ServiceAccount that the controller manager creates.
    await run('-n', NAMESPACE, 'wait', '--for=create', 'serviceaccount/default', '--timeout=120s');
    await apply(pod('web-1', 'web'), pod('web-2', 'web'), pod('db-1', 'db'));
    await setPhase('web-1', 'Running');
    await run('-n', NAMESPACE, 'wait', '--for=jsonpath={.status.phase}=Running', 'psum/web-1', '--timeout=120s');
  });

  after(async () => {
    if (run !== undefined) await run('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
  });

  it('lists podsummaries of all namespaces as a table', async () => {
    const table = await run('get', 'podsummaries', '-A');
    expect(table).to.match(/NAMESPACE +NAME +READY +PHASE +RESTARTS +CPU +MEMORY +AGE/);
    expect(table).to.match(/kubefacet-e2e +web-1 +0\/1 +Running +0 +250m +64Mi/);
  });

  it('selects by label and by field', async () => {
    const names = await run(
      '-n',
      NAMESPACE,
      'get',
      'psum',
      '-l',
      'app=web',
      '--field-selector',
      'status.phase=Running',
      '-o',
      'name',
    );
    expect(names.trim()).to.equal('podsummary.example.com/web-1');
  });

  it('shows one row as YAML', async () => {
    const yaml = await run('-n', NAMESPACE, 'get', 'psum', 'web-1', '-o', 'yaml');
    expect(yaml).to.contain('kind: PodSummary').and.to.contain('phase: Running').and.to.contain('cpu: 250m');
  });

  it('serves only running pods as runningpods', async () => {
    expect((await run('-n', NAMESPACE, 'get', 'rpod', '-o', 'name')).trim()).to.equal('runningpod.example.com/web-1');
  });

  it('appears in discovery', async () => {
    const resources = await run('api-resources', '--api-group=example.com');
    expect(resources).to.match(/podsummaries +psum +example.com\/v1 +true +PodSummary/);
    expect(resources).to.match(/runningpods +rpod +example.com\/v1 +true +RunningPod/);
  });

  it('serves raw endpoints', async () => {
    expect(await run('get', '--raw', '/apis/example.com/v1/foo')).to.contain('this is foo');
    expect(await run('get', '--raw', '/apis/example.com/v1/foo/bar')).to.contain('this is bar');
  });

  it('refuses a write with 405', async () => {
    const error = await run('-n', NAMESPACE, 'delete', 'psum', 'web-1').catch((thrown: unknown) => String(thrown));
    expect(error).to.contain('does not allow this method');
  });

  it('pages through a list', async () => {
    const all = await run('-n', NAMESPACE, 'get', 'psum', '-o', 'name', '--chunk-size=1');
    expect(all.trim().split('\n')).to.have.length(3);
  });

  it('prints changes in a running get -w', async () => {
    const watch = new RunningKubectl(kubeConfig, ['-n', NAMESPACE, 'get', 'psum', '-w']);
    try {
      await watch.prints(/db-1/);
      await setPhase('db-1', 'Running');
      await watch.prints(/db-1 +0\/1 +Running/);
      await run('-n', NAMESPACE, 'delete', 'pod', 'web-2', '--wait=true');
      await watch.prints(/web-2[\s\S]*web-2/);
    } finally {
      watch.stop();
    }
    const left = await run('-n', NAMESPACE, 'get', 'psum', '-o', 'name');
    expect(left).to.not.contain('web-2');
  });

  it('can be watched by the Python client', async function () {
    const python = await installedPython();
    if ('missing' in python) {
      console.log(`    ${python.missing}: not tested`);
      return this.skip();
    }
    const script = join(import.meta.dirname, 'python-watch.py');
    const child = new RunningProcess(python.path, [script, NAMESPACE, '2'], { KUBECONFIG: kubeConfig });
    try {
      await child.prints(/^listed .*web-1/m);
      await setPhase('db-1', 'Failed');
      await setPhase('db-1', 'Running');
      await child.prints(/^MODIFIED db-1 Failed\nMODIFIED db-1 Running$/m);
    } finally {
      child.stop();
    }
  });

  it('supports kubectl wait for a condition of a row', async () => {
    const waiting = run(
      '-n',
      NAMESPACE,
      'wait',
      '--for=jsonpath={.status.phase}=Failed',
      'psum/web-1',
      '--timeout=120s',
    );
    await setPhase('web-1', 'Failed');
    expect(await waiting).to.contain('condition met');
  });

  it('supports get -w and wait of every installed kubectl', async function () {
    this.timeout(300_000);
    const kubectls = await installedKubectls();
    console.log(`    kubectl ${kubectls.map(({ version }) => version).join(', ')}`);
    for (const { path, version, minor } of kubectls) {
      const name = `for-${version}`.replaceAll(/[^a-z0-9]/g, '-');
      await apply(pod(name, 'wait'));
      const start = (...args: string[]): RunningKubectl =>
        new RunningKubectl(kubeConfig, ['-n', NAMESPACE, ...args], path);
      const watch = start('get', 'psum', '-w');
      const waits: RunningKubectl[] = [watch];
      try {
        await watch.prints(new RegExp(`^${name} `, 'm'));
        if (minor >= JSONPATH_WAIT_SINCE) {
          const running = start('wait', '--for=jsonpath={.status.phase}=Running', `psum/${name}`, '--timeout=120s');
          waits.push(running);
          await setPhase(name, 'Running');
          await running.prints(/condition met/);
        } else await setPhase(name, 'Running');
        await watch.prints(new RegExp(`^${name} .*Running`, 'm'));
        // With -v=6 kubectl prints when its watch is open. Only a deletion after that is an event for it.
        const gone = start('wait', '--for=delete', `psum/${name}`, '--timeout=120s', '-v=6');
        waits.push(gone);
        await gone.prints(/watch=true.*200 OK/);
        await run('-n', NAMESPACE, 'delete', 'pod', name, '--wait=true');
        await gone.prints(/condition met/);
      } finally {
        for (const each of waits) each.stop();
      }
    }
  });
});
