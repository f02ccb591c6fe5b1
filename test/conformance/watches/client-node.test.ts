/** The informer of @kubernetes/client-node against a server: conformance 10.4. test/system has a test with a whole cluster. */
import {
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  ListWatch,
  Watch,
} from '@kubernetes/client-node';
import { expect } from 'chai';
import { pod } from '../../../src/testing/informers/index.ts';
import { until } from '../../support/test-server.ts';
import { ROWS, WatchRig } from './watch-rig.ts';

interface Row extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}

/** A watch that counts its requests, and can be aborted as client-node aborts it after 30 s without data. */
class CountedWatch extends Watch {
  opened = 0;
  readonly versions: string[] = [];
  #abort: ((reason: Error) => void) | undefined;

  override async watch(
    path: string,
    query: Record<string, string | number | boolean | undefined>,
    callback: (phase: string, object: any, watch?: any) => void,
    done: (error: any) => void,
  ): Promise<AbortController> {
    this.versions.push(String(query['resourceVersion']));
    let isDone = false;
    const once = (error: unknown): void => {
      if (!isDone) done(error);
      isDone = true;
    };
    const controller = await super.watch(path, query, callback, once);
    this.#abort = (reason) => {
      controller.abort(reason);
      once(reason);
    };
    this.opened += 1;
    return controller;
  }

  abortAsIdle(): void {
    this.#abort?.(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }
}

describe('the informer of client-node on a server', () => {
  let rig: WatchRig;
  let watch: CountedWatch;
  let informer: ListWatch<Row>;
  let lists: number;
  let errors: unknown[];

  const rows = (): string =>
    informer
      .list()
      .map((row) => `${row.metadata?.name}=${row.status?.phase}`)
      .toSorted()
      .join(' ');

  beforeEach(async () => {
    rig = await WatchRig.of(pod('shop/a', { phase: 'Running' }), pod('shop/b'));
    const kubeConfig = new KubeConfig();
    const { port, ca } = rig.test.client;
    kubeConfig.loadFromClusterAndUser(
      {
        name: 'test',
        server: `https://localhost:${port}`,
        caData: Buffer.from(ca).toString('base64'),
        skipTLSVerify: false,
      },
      { name: 'client' },
    );
    watch = new CountedWatch(kubeConfig);
    lists = 0;
    const list = async (): Promise<KubernetesListObject<Row>> => {
      lists += 1;
      return (await rig.test.json(ROWS)) as KubernetesListObject<Row>;
    };
    informer = new ListWatch<Row>(ROWS, watch, list, false, undefined, undefined, { delayFn: () => Promise.resolve() });
    errors = [];
    informer.on('error', (error) => errors.push(error));
    await informer.start();
    await until(() => rig.watchers === 1);
  });

  afterEach(async () => {
    await informer.stop();
    await until(() => rig.watchers === 0);
    await rig.close();
  });

  it('10.4 lists, and watches from the version of the list', async () => {
    expect([rows(), lists, watch.opened]).to.deep.equal(['a=Running b=Pending', 1, 1]);
    rig.pods.modify(pod('shop/b', { phase: 'Running' }));
    rig.pods.delete('shop/a');
    rig.pods.add(pod('shop/c'));
    await until(() => rows() === 'b=Running c=Pending');
    expect([lists, watch.opened, errors]).to.deep.equal([1, 1, []]);
  });

  it('10.4 aborts each watch without events after 30 s, resumes from its version, and the server leaks nothing', async () => {
    for (let n = 1; n <= 50; n += 1) {
      watch.abortAsIdle();
      await until(() => watch.opened === n + 1);
      if (n % 10 === 0) rig.pods.modify(pod('shop/b', { phase: 'Running', labels: { n: String(n) } }));
      if (n % 10 === 0) await until(() => informer.get('b', 'shop')?.metadata?.labels?.['n'] === String(n));
    }
    expect([lists, errors, rows()]).to.deep.equal([1, [], 'a=Running b=Running']);
    await until(() => rig.watchers === 1 && rig.test.clock.waiting === 1);
    expect(rig.test.log.of('error')).to.deep.equal([]);
  });

  it('10.4 relists and continues after a 410 in the stream', async () => {
    rig.pods.replace(pod('shop/x'), pod('shop/y'));
    // The old watch ends some time after the relist. The next one starts at a version that is too old.
    await rig.pass(3000);
    await until(() => rows() === 'x=Pending y=Pending');
    expect([lists, errors]).to.deep.equal([2, []]);
    await until(() => rig.watchers === 1);
    rig.pods.delete('shop/x');
    await until(() => rows() === 'y=Pending');
  });

  it('10.4 resumes from the last event, including DELETED, and does not receive it again', async () => {
    const updates: string[] = [];
    for (const event of ['add', 'update', 'delete'] as const) {
      informer.on(event, (row) => updates.push(`${event} ${row.metadata?.name}`));
    }
    rig.pods.add(pod('shop/c'));
    rig.pods.delete('shop/c');
    await until(() => updates.length === 2);
    watch.abortAsIdle();
    await until(() => watch.opened === 2 && rig.watchers === 1);
    rig.pods.modify(pod('shop/a', { phase: 'Failed' }));
    await until(() => updates.length === 3);
    expect(updates).to.deep.equal(['add c', 'delete c', 'update a']);
    const [first, second] = watch.versions.map(BigInt);
    expect((second ?? 0n) > (first ?? 0n)).to.equal(true);
  });

  it('10.4 stops after any other error response, but reconnects when the server ends a watch', async () => {
    rig.pods.bookmark();
    for (let n = 0; n < 3; n += 1) {
      const { opened } = watch;
      rig.test.clock.advance(3_600_000);
      await until(() => watch.opened > opened && rig.watchers === 1);
    }
    expect([lists, errors]).to.deep.equal([1, []]);
  });
});
