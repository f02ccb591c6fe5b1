import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import { objectStoreSuite } from '../object-store.suite.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';

describe('etcdStore() on a real etcd', () => {
  let etcd: EtcdProcess;
  let controller: AbortController;
  let prefixes = 0;

  before(async function () {
    etcd = await EtcdProcess.start(requireEtcd(this));
    controller = new AbortController();
  });
  after(async () => {
    controller?.abort();
    await etcd?.stop();
  });

  objectStoreSuite({
    name: 'etcdStore()',
    histories: 30,
    open: () => {
      prefixes += 1;
      return etcdStore({ endpoints: [etcd.url], prefix: `/test/${prefixes}`, signal: controller.signal, pageSize: 2 });
    },
  });
});
