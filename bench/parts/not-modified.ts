/**
 * LIST with `If-None-Match` of rows that have not changed, compared with a GET of one row.
 * @module
 */
import { inTurn, type Side } from '../harness/against-floor.ts';
import type { Part } from '../harness/bench.ts';
import { question } from '../harness/rig.ts';
import type { Question } from '../load/connections.ts';

const REQUESTS = 1500;

export const notModified: Part = {
  name: 'not-modified',
  about: 'LIST with If-None-Match, unchanged, compared with a GET',
  async run(bench) {
    const rig = await bench.standard();
    const what = 'LIST with If-None-Match, unchanged';
    const goal = { least: 1 };
    const unit = 'of the rate of a GET';
    const target = rig.target('server', 'HTTP/1.1');
    const list = question('podsummaries');
    const { headers } = await rig.prebuild(list);
    const etag = headers['etag'];
    if (etag === undefined) return [{ what, value: Number.NaN, unit, goal, note: 'the list has no ETag' }];
    const { namespace, name } = rig.pod(1);
    const side = (asked: Question, status: number): Side => ({
      cpu: () => rig.cpuOf('server'),
      load: () => rig.load.call('requests', { target, question: asked, connections: 4, count: REQUESTS, status }),
    });
    const row = side(question(`namespaces/${namespace}/podrows/${name}`), 200);
    const conditional = side(question('podsummaries', { 'if-none-match': etag }), 304);
    await inTurn([conditional, row], 1);
    const [server, floor] = await inTurn([conditional, row], bench.rounds);
    if (server === undefined || floor === undefined) throw new Error('two sides have two costs');
    return [{ what, value: floor.cpu / server.cpu, unit, goal, server, floor, note: 'compared with a GET' }];
  },
};
